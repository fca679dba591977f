// A log with a flipped bit: what is read is right, what is missing is told, and no process ends
// without a word. `npm run bench bit-flips` is the same with a hundred flips of each kind.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bitIn, blockBits, faulty, flip, makeFlipLog, pageLosses, spoil, structureBits } from './support/flip-log.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from './support/running-system.ts'

const seed = Number(process.env['FLIP_SEED'] ?? 7)
const flips = 12

test(
  `flipped bits are read past and told, or refused with the remedy and salvaged (seed ${seed})`,
  { timeout: 240_000 },
  async (context) => {
    using folder = temporaryFolder()
    const random = seeded(seed)
    const dir = join(folder.path, 'log')
    const whole = await makeFlipLog(dir, random)
    assert.ok(whole.ended === 'read' && whole.records.size > 500 && whole.gaps.length === 0, whole.said)
    const scratch = join(folder.path, 'flipped')

    await context.test('in a stored block: everything else is read, and the range is told', async () => {
      const blocks = blockBits(dir)
      for (let n = 0; n < flips; n += 1) {
        const bit = bitIn(blocks, random)
        const { outcome, said } = await flip(dir, bit, whole, scratch)
        assert.equal(outcome, 'read past, and the range told', `bit ${bit}: ${said}`)
      }
    })

    await context.test('anywhere in the file', async () => {
      const bits = statSync(join(dir, 'data.mdb')).size * 8
      for (let n = 0; n < flips; n += 1) {
        const bit = Math.floor(random() * bits)
        const { outcome, said } = await flip(dir, bit, whole, scratch)
        assert.ok(!faulty.has(outcome), `bit ${bit}: ${outcome}: ${said}`)
      }
    })

    await context.test('where pages say what they are and where everything is', async () => {
      const structure = structureBits(dir)
      for (let n = 0; n < 2 * flips; n += 1) {
        const bit = bitIn(structure, random)
        const { outcome, said } = await flip(dir, bit, whole, scratch)
        assert.ok(!faulty.has(outcome), `bit ${bit}: ${outcome}: ${said}`)
      }
    })

    await context.test('a file that was cut, and one with a page of zeros or of anything', async () => {
      for (const [what, change] of Object.entries(pageLosses))
        for (let n = 0; n < flips / 2; n += 1) {
          const { outcome, said } = await spoil(dir, (bytes) => change(bytes, random), whole, scratch)
          assert.ok(!faulty.has(outcome), `${what}, ${n}: ${outcome}: ${said}`)
        }
    })
  },
)
