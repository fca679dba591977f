// The sessions that were ended before their time. Kept in a file when one is given, so that a
// cookie someone copied stays worthless after a restart; an entry is forgotten once the session
// would have expired by itself.
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { syncFolder } from '../../base/sync-folder.ts'

export type Revocations = {
  has(sessionId: string): boolean
  /** Resolves when it is on disk. Rejects with Outage REVOCATIONS_UNAVAILABLE (retryable); this
   *  process still knows it then. */
  add(sessionId: string, expiresAt: number): Promise<void>
}

/** Beyond it the sweep of expired entries runs. */
const sweepAt = 10_000

/** Rejects with Outage REVOCATIONS_UNAVAILABLE when the file can be neither read nor written. */
export async function openRevocations(file: string | undefined, clock: Clock): Promise<Revocations> {
  const entries = new Map<string, number>()
  const sweep = (): void => {
    for (const [id, expiresAt] of entries) if (expiresAt <= clock.now()) entries.delete(id)
  }
  if (file !== undefined)
    await attempt(file, async () => {
      for (const [id, expiresAt] of linesOf(await readIfThere(file))) entries.set(id, expiresAt)
      sweep()
      await writeFile(`${file}.new`, [...entries].map(([id, expiresAt]) => `${id} ${expiresAt}\n`).join(''), {
        mode: 0o600,
        flush: true,
      })
      await rename(`${file}.new`, file)
      syncFolder(dirname(file))
    })
  return {
    has: (sessionId) => entries.has(sessionId),
    async add(sessionId, expiresAt) {
      entries.set(sessionId, expiresAt)
      if (entries.size > sweepAt) sweep()
      if (file !== undefined)
        await attempt(file, () => appendFile(file, `${sessionId} ${expiresAt}\n`, { flush: true }))
    },
  }
}

/** A torn last line, from a crash in mid-write, is left out: that logout was never confirmed. */
const linesOf = (text: string): (readonly [id: string, expiresAt: number])[] =>
  [...text.matchAll(/^(\S+) (\d+)\n/gm)].map((match) => [match[1] ?? '', Number(match[2])])

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

async function attempt(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new Outage('REVOCATIONS_UNAVAILABLE', `${file} cannot be read or written: ${(cause as Error).message}`, {
      retryable: true,
      cause,
    })
  }
}
