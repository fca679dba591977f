// The boots of a recording that is played as fast as it goes: they follow from what is played, and
// so do the numbers and bytes of its messages. So a recording that is played again, or once more
// after a break, is known message by message, and changes nothing.
import { createHash } from 'node:crypto'
import { fileBytes } from './bytes.ts'
import type { ReplayOptions } from './replay.ts'

/** Names the boot of a car that is opened for the n-th time: 16 hexadecimal digits. */
export type Boots = (vehicle: string, opening: number) => string

/** Undefined where messages depend on when they are played: paced, or moved to now. */
export async function bootsOf(options: ReplayOptions, files: readonly string[]): Promise<Boots | undefined> {
  if (options.speed !== 'max' || options.toNow === true) return undefined
  const { tenant, mapping, only = [], asOne = false, startAt = null } = options
  const digests: string[] = []
  for (const file of files) {
    const hash = createHash('sha256')
    for await (const bytes of fileBytes(file)) hash.update(bytes)
    digests.push(hash.digest('hex'))
  }
  const played = JSON.stringify([digests, mapping, [...only].sort(), asOne, startAt, tenant])
  return (vehicle, opening) => createHash('sha256').update(`${played} ${vehicle} ${opening}`).digest('hex').slice(0, 16)
}
