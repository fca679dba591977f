// Two processes of the jobs share the partitions on Kafka while cars drive, and one is killed at a
// random moment, again and again. Told is how long the other takes until it has all partitions, and
// until it has read what came meanwhile. After each row what was derived is held against a run that
// nobody disturbed; a difference ends the program.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { seeded } from '../src/base/seeded.testing.ts'
import { noKafka } from '../test/engines/kafka.ts'
import { messagesPerSecond } from '../test/support/driving-fleet.ts'
import { openJobsOnKafka, partitions, untilHolds, type JobsProcess } from '../test/support/jobs-on-kafka.ts'

export const title = 'jobs on Kafka in two processes, of which one is killed: until the other has caught up'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const cars = 12

const rows = [
  { name: 'nothing', what: 'starts on an empty folder before each kill' },
  { name: 'copy', what: 'has a copy from when it had the partitions itself' },
  { name: 'standby', what: 'keeps a copy up to date (ROADSTREAM_JOBS_STANDBY=on)' },
] as const
type Row = (typeof rows)[number]

type Takeover = { readonly takenMs: number; readonly caughtUpMs: number }

export async function run({ times = 50, only = '' }: { readonly times?: number; readonly only?: string } = {}) {
  if (noKafka !== false) throw new Error(noKafka)
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
  const random = seeded(seed)
  const chosen = rows.filter(({ name }) => name.includes(only))
  const table: string[] = []
  process.stdout.write(`  SEED=${seed}\n`)
  for (const [index, row] of chosen.entries()) {
    const kills = Math.floor(times / chosen.length) + (index < times % chosen.length ? 1 : 0)
    const { takeovers, results } = await endure(row, kills, random)
    const line = lineOf(row, takeovers, results)
    process.stdout.write(`  ${line}\n`)
    table.push(line)
  }
  process.stdout.write(
    `\n  ${new Date().toISOString().slice(0, 10)}, at ${revision.trim()}, ${partitions} partitions, ${cars * messagesPerSecond} messages/s, a session of 6 s, SEED=${seed}; all results are those of an undisturbed run\n`,
  )
  process.stdout.write(`  ${head}\n`)
  for (const line of table) process.stdout.write(`  ${line}\n`)
}

async function endure({ name }: Row, kills: number, random: () => number) {
  await using under = await openJobsOnKafka(cars)
  await using stack = new AsyncDisposableStack()
  const settings = name === 'standby' ? { ROADSTREAM_JOBS_STANDBY: 'on' } : {}
  const start = async (folder: string): Promise<JobsProcess> => {
    if (name === 'nothing') rmSync(under.folder(folder), { recursive: true })
    return stack.use(await under.startJobs(under.folder(folder), settings))
  }
  const processes = { a: await start('a'), b: await start('b') }
  const areShared = (): Promise<void> =>
    untilHolds(async () => {
      const counts = await Promise.all([processes.a, processes.b].map((each) => each.sum(owned)))
      return counts.every((count) => count === partitions / 2)
    })
  under.fleet.drive()
  const takeovers: Takeover[] = []
  while (takeovers.length < kills) {
    await areShared()
    await wait(500 + random() * 3_000)
    // In turn, so that the other is the one that came last.
    const [victim, other] = takeovers.length % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)
    await processes[victim].kill()
    takeovers.push(await takeover(processes[other]))
    processes[victim] = await start(victim)
  }
  await areShared()
  for (const each of [processes.a, processes.b]) await each.stop()
  const { results } = await under.assertUndisturbed(under.folder('a'))
  return { takeovers, results }
}

const owned = 'roadstream_jobs_partitions'
/** Messages of the cars in a second. */
const lagMost = cars * messagesPerSecond

async function takeover(other: JobsProcess): Promise<Takeover> {
  const killedAt = performance.now()
  await untilHolds(async () => (await other.sum(owned)) === partitions)
  const takenMs = performance.now() - killedAt
  await untilHolds(async () => ((await other.sum('roadstream_jobs_lag_records')) ?? Infinity) <= lagMost)
  return { takenMs, caughtUpMs: performance.now() - killedAt }
}

const head = `${'the other'.padEnd(58)} kills  all taken: median, worst  caught up: median, worst`

function lineOf({ what }: Row, takeovers: readonly Takeover[], results: number): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`.padStart(8)
  const spread = (times: readonly number[]): string => {
    const sorted = times.toSorted((a, b) => a - b)
    return `${seconds(sorted[Math.floor(sorted.length / 2)]!)} ${seconds(sorted.at(-1)!)}`
  }
  const taken = spread(takeovers.map(({ takenMs }) => takenMs))
  const caughtUp = spread(takeovers.map(({ caughtUpMs }) => caughtUpMs))
  return `${what.padEnd(58)} ${String(takeovers.length).padStart(5)} ${taken.padStart(26)} ${caughtUp.padStart(25)}   ${results} results`
}
