// The yardsticks for the trips of recorded drives: the trips that there are, and sums over the raw
// files that use nothing of ours. The first table counts trips by their ends, the second how far
// their figures are off. `cmap-trips` is derived with standing added to each trip, too.
import {
  recordedSet,
  scoreOf,
  shareOff,
  withStanding,
  type Compared,
  type Recorded,
} from '../src/jobs/trips/recordings.testing.ts'
import { rawSets, skip } from '../src/jobs/trips/raw-rows.testing.ts'

export const title = 'trips of recorded drives against their labels and against sums over the raw files'

/** Seconds of standing added to each labelled trip. */
const standingS = [60, 180, 300]
/** The share that a figure may be off. */
const bar = 0.001
const placings = { before: [1, 0], after: [0, 1], 'at both ends': [1, 1] } as const

export async function run(): Promise<void> {
  if (skip !== false) {
    process.stdout.write(`  skipped: ${skip}\n`)
    return
  }
  print(['recordings', 'trips', 'ends within 30 s', 'false', 'metres', 'idle seconds', 'kWh'])
  print(['---', '---', '---', '---', '---', '---', '---'])
  for (const name of Object.keys(rawSets) as (keyof typeof rawSets)[]) {
    const recorded = await recordedSet(name)
    measure(name, recorded)
    if (name !== 'cmap-trips') continue
    for (const seconds of standingS)
      for (const [placing, [before, after]] of Object.entries(placings))
        measure(
          `${name}, ${seconds} s ${placing}`,
          withStanding(recorded, [before * seconds * 1000, after * seconds * 1000]),
        )
  }
}

function measure(name: string, recorded: readonly Recorded[]): void {
  const { truths, derived, found, metres, idleSeconds, kwh } = scoreOf(recorded)
  const wrong = derived - found
  print([
    name,
    String(truths),
    `${found} (${percent(found / truths)})`,
    `${wrong} (${percent(wrong / derived)})`,
    ...[metres, idleSeconds, kwh].map(spread),
  ])
}

/** How many figures there are, how many of them are further off than the bar, and how far 99 of 100
 *  and the worst are off. */
function spread(compared: readonly Compared[]): string {
  const off = compared.map(shareOff).sort((a, b) => a - b)
  const most = off.at(-1)
  const worst = compared.find((each) => shareOff(each) === most)
  if (most === undefined || worst === undefined) return ''
  const beyond = off.filter((share) => share > bar).length
  const rounding = compared.filter((each) => shareOff(each) > bar && Math.abs(each.told - each.raw) <= each.unit).length
  const missed = beyond === 0 ? '' : `, ${beyond} beyond ${percent(bar)} (${rounding} by rounding)`
  const ofWorst = most > bar ? ` (${worst.told} for ${Number(worst.raw.toFixed(3))})` : ''
  return `${off.length}${missed}, 99 % within ${percent(off[Math.ceil(0.99 * off.length) - 1] ?? 0)}, worst ${percent(most)}${ofWorst}`
}

const percent = (share: number): string =>
  `${Number((share * 100).toPrecision(3))
    .toFixed(3)
    .replace(/\.?0+$/, '')} %`
const print = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`)
