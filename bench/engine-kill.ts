// Kills a process with windowed, timed and re-keyed jobs on LMDB a hundred times while cars speak,
// and compares what they come to with a run that nobody disturbed.
import { compare, runAndKill } from '../test/support/jobs-under-kill.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from '../test/support/running-system.ts'

export const title = 'engine state, timers and windows through 100 kills'

const kills = Number(process.env['KILLS'] ?? 100)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

export async function run(): Promise<void> {
  const random = seeded(seed)
  using folder = temporaryFolder()
  for (let kill = 0; kill < kills; kill += 1) await runAndKill(folder.path, seed + kill, 5 + Math.floor(random() * 600))
  const { records, results, marks, wrong, doubled } = await compare(folder.path)
  process.stdout.write(
    `  ${kills} kills (SEED=${seed}): ${records} records, ${results} results, ${marks} marks; ${wrong.length} results differ, ${doubled} records doubled\n`,
  )
  for (const name of wrong) process.stdout.write(`    ${name}\n`)
}
