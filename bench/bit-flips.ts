// The fate of a log when single bits of its file are flipped: in stored blocks, in what pages say
// of themselves, and anywhere; and when pages are lost. Each time it is a fresh copy, which a
// process of its own opens and reads as a start does, writes to, and salvages where it is refused.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  bitIn,
  blockBits,
  faulty,
  flip,
  makeFlipLog,
  outcomes,
  pageLosses,
  spoil,
  structureBits,
  type Outcome,
} from '../test/support/flip-log.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from '../test/support/running-system.ts'

export const title = 'Event log: single bits of its file flipped, and pages of it lost'

const flips = 100
const seed = Number(process.env['FLIP_SEED'] ?? 1)

export async function run(): Promise<void> {
  using folder = temporaryFolder()
  const random = seeded(seed)
  const dir = join(folder.path, 'log')
  const whole = await makeFlipLog(dir, random)
  const blocks = blockBits(dir)
  const bits = statSync(join(dir, 'data.mdb')).size * 8
  process.stdout.write(
    `  ${whole.records.size} records in ${blocks.length} blocks, a file of ${bits / 8} bytes, seed ${seed}\n`,
  )
  const scratch = join(folder.path, 'flipped')
  const flipBit = (bit: number) => flip(dir, bit, whole, scratch)
  const structure = structureBits(dir)
  await count('in stored blocks', () => bitIn(blocks, random), flipBit)
  await count('where pages say what they are and where everything is', () => bitIn(structure, random), flipBit)
  await count('anywhere', () => Math.floor(random() * bits), flipBit)
  for (const [what, change] of Object.entries(pageLosses))
    await count(what, random, (start) => spoil(dir, (bytes) => change(bytes, seeded(start * 2 ** 32)), whole, scratch))
}

async function count(
  where: string,
  draw: () => number,
  flipBit: (bit: number) => Promise<{ readonly outcome: Outcome; readonly said: string }>,
): Promise<void> {
  const counts = new Map<Outcome, number>()
  const faults: string[] = []
  for (let n = 0; n < flips; n += 1) {
    const bit = draw()
    const { outcome, said } = await flipBit(bit)
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    if (faulty.has(outcome)) faults.push(`    ${bit}: ${outcome}: ${said.slice(0, 300)}`)
  }
  process.stdout.write(
    `  ${flips} ${where}: ${outcomes
      .map((outcome) => [outcome, counts.get(outcome) ?? 0] as const)
      .filter(([, n]) => n > 0)
      .map(([outcome, n]) => `${outcome} ${n}`)
      .join('; ')}\n`,
  )
  for (const fault of faults) process.stdout.write(`${fault}\n`)
}
