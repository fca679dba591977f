// Engine state, timers and windows through kills: after `kill -9` at random commits the results are
// those of a run that nobody disturbed. `npm run bench engine-kill` does it a hundred times.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare, marksIn, runAndKill } from './support/jobs-under-kill.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from './support/running-system.ts'

const kills = 3
const killsMax = 12
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

test(
  `killed ${kills} times, windows, timers and keyed state come to what an undisturbed run derives`,
  { timeout: 240_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    // A life of few commits may end before cars are silent once: later ones are longer.
    for (let kill = 0; kill < kills || (kill < killsMax && (await marksIn(folder.path)) === 0); kill += 1) {
      const longer = 2 ** Math.max(0, kill - kills + 1)
      await runAndKill(folder.path, seed + kill, longer * (20 + Math.floor(random() * 150)))
    }
    const { records, results, marks, wrong, doubled } = await compare(folder.path)
    context.diagnostic(`${records} records, ${results} results, ${marks} marks`)
    assert.deepEqual(wrong, [])
    assert.equal(doubled, 0, 'a record came twice under its other key')
    assert.ok(records > 100 && results > 50 && marks > 0, `${records} records, ${results} results, ${marks} marks`)
  },
)
