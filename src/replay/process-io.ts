// The terminal a command talks to. The first Ctrl-C (or SIGTERM) asks the command to end what it has begun; one that comes
// later than the echo of the first, which a parent process may pass on as well, ends the process at once.
import type { ReplayIo } from './command.ts'

const echoMs = 500

/** The process's own streams and signals; disposed when the command is done. */
export function openProcessIo(): ReplayIo & Disposable {
  const stop = new AbortController()
  let askedAt: number | undefined
  const ask = (): void => {
    if (askedAt !== undefined && performance.now() - askedAt > echoMs) process.exit(130)
    askedAt ??= performance.now()
    stop.abort()
  }
  process.on('SIGINT', ask).on('SIGTERM', ask)
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminalColumns: process.stderr.isTTY ? process.stderr.columns : undefined,
    signal: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', ask).off('SIGTERM', ask)
    },
  }
}
