// The truth as JSON lines in a file. Lines wait in memory for at most `flushMs`; a failed write is
// an outage told once.
import { open } from 'node:fs/promises'
import { Outage } from '../base/errors.ts'
import type { Truth } from './truth.ts'

const flushMs = 500

export interface TruthFile extends AsyncDisposable {
  /** Takes a line at once. Throws the `Outage` of an earlier write that failed. */
  write(truth: Truth): void
}

/** Empties or makes the file. Throws an `Outage` `TRUTH_FILE` that names it; so do `write` and
 *  closing. */
export async function openTruthFile(path: string): Promise<TruthFile> {
  const outage = (cause: unknown): Outage =>
    new Outage(
      'TRUTH_FILE',
      `The truth file ${path} cannot be written. Name a file in a folder that exists and has room.`,
      {
        retryable: false,
        cause,
      },
    )
  const handle = await open(path, 'w').catch((cause: unknown) => {
    throw outage(cause)
  })
  let lines = ''
  let failed: Outage | undefined
  let writing: Promise<void> = Promise.resolve()
  const flush = (): void => {
    const text = lines
    lines = ''
    if (text === '' || failed !== undefined) return
    writing = writing.then(() => handle.appendFile(text)).catch((cause: unknown) => void (failed ??= outage(cause)))
  }
  const timer = setInterval(flush, flushMs)
  return {
    write: (truth) => {
      if (failed !== undefined) throw failed
      lines += `${JSON.stringify(truth)}\n`
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      flush()
      await writing
      await handle.close()
      if (failed !== undefined) throw failed
    },
  }
}
