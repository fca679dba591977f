// One life of the server: the process that PostgreSQL calls postmaster, from its start to its end.
// It never outlives this process: a small shell beside it reads from a pipe, which the system
// closes when this process ends, however it ends, and then stops the server.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { needRoom } from '../../../base/disk-room.ts'
import type { Outage } from '../../../base/errors.ts'
import type { Logger } from '../../../base/logger.ts'
import { openTimeLimit } from '../../../base/time-limit.ts'
import { pause } from '../../../base/wait-out.ts'
import { unavailable } from '../sql-outage.ts'
import { programOf } from './binaries.ts'
import { serverArguments } from './settings.ts'
import { dataFolder, type Runner } from './user.ts'

export type Postmaster = {
  readonly pid: number
  /** Resolves with why it ended. */
  readonly ended: Promise<Error>
  /** Ends the connections and writes a last checkpoint; when that takes long, ends at once, which
   *  the next start recovers. Resolves when it is gone. */
  stop(): Promise<void>
}

const lookEveryMs = 10
const stopWithinMs = 20_000
const beginLinesMax = 100

/** The shell becomes the server; the reader stays, and is told by a line that the server ended by
 *  itself, after which its number may be another's. */
const script = '( ( read -r ended <&3 || kill -INT $$ ) >/dev/null 2>&1 & ) ; exec "$@" 3<&-'

/** Resolves when the server accepts connections. Rejects with STORE_UNAVAILABLE (retryable) when it
 *  ends before, as it does when the signal aborts. */
export async function startPostmaster(
  path: string,
  runner: Runner,
  logger: Logger,
  signal: AbortSignal,
): Promise<Postmaster> {
  const program = [...runner.wrapper, programOf(runner.binaries, 'postgres'), '-D', dataFolder(path)]
  const child = spawn('sh', ['-c', script, 'sh', ...program, ...serverArguments], {
    cwd: path,
    // A group of its own: an interrupt of the terminal is for this process, which stops the server
    // after the last rows are written.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    ...runner.become,
  })
  const begin: string[] = []
  let isStarting = true
  followLog(child.stderr as Readable, (line) => {
    if (isStarting && begin.length < beginLinesMax) begin.push(line)
    tell(logger, line, isStarting)
  })
  const ended = endOf(child, begin)
  const stop = (): Promise<void> => stopChild(child, ended)
  const onAbort = (): void => void stop()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    let end: Error | undefined
    void ended.then((why) => (end = why))
    while (!isReady(path, child.pid)) {
      if (signal.aborted) await stop()
      await Promise.race([pause(lookEveryMs, signal), ended])
      if (end !== undefined) throw startFailed(path, end)
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  isStarting = false
  begin.length = 0
  return { pid: child.pid ?? 0, ended, stop }
}

/** Its own log of writes and what it notes while it starts; more is needed for a recovery. */
const bytesToStart = 32 * 2 ** 20

function startFailed(path: string, end: Error): Outage {
  needRoom(path, 'STORE_UNAVAILABLE', bytesToStart, end)
  return unavailable(
    `The embedded database in ${path} does not start (${end.message}). See that this user owns that folder and that its disk takes writes; \`npm run roadstream -- doctor\` looks at both. Or name a PostgreSQL server of your own (ROADSTREAM_POSTGRES).`,
    end,
  )
}

/** The eighth line is the state; the file is written over in one go. */
function isReady(path: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(path, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

function followLog(stderr: Readable, take: (line: string) => void): void {
  createInterface(stderr).on('line', take)
  stderr.on('error', () => {})
}

/** Lines of connections that end, and of starts and stops, are of use to who looks for them. The
 *  fault of a start that fails is told by who started it. */
function tell(logger: Logger, line: string, isStarting: boolean): void {
  if (line === '') return
  if (line.startsWith('WARNING: ') || (!isStarting && line.startsWith('PANIC: ')))
    logger.warn({ database: line }, 'the database says')
  else logger.debug({ database: line }, 'the database says')
}

/** `begin` has what it said before it accepted connections. */
async function endOf(child: ChildProcess, begin: readonly string[]): Promise<Error> {
  const pipe = child.stdio[3] as Writable
  pipe.on('error', () => {})
  const failed = Promise.withResolvers<Error>()
  child.once('error', failed.resolve)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const why = await Promise.race([failed.promise, exited])
  pipe.end('\n')
  if (why instanceof Error) return why
  // Its last lines may come after the news of its end. Processes of it that still end hold the pipe
  // open, so that its end is not waited for.
  await new Promise((turn) => setImmediate(turn))
  const fault = begin.findLast((line) => /^(FATAL|PANIC): /.test(line)) ?? begin.at(-1)
  const [code, signal] = why
  return new Error(fault ?? (signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`))
}

async function stopChild(child: ChildProcess, ended: Promise<Error>): Promise<void> {
  child.kill('SIGINT')
  using late = openTimeLimit(stopWithinMs, () => child.kill('SIGQUIT'))
  using tooLate = openTimeLimit(2 * stopWithinMs, () => child.kill('SIGKILL'))
  await Promise.race([ended, Promise.all([late.passed, tooLate.passed]).then(() => ended)])
}
