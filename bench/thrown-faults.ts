// Trips and crashes of simulated cities whose units are at fault as those of real cars are, against
// what happened in them: ten cities of 25 cars each, on as many threads as there are processors,
// told of one by one and at last together. `--minutes N` is how long the cars live, 240 when it is
// not given: 1,000 car-hours.
import { availableParallelism } from 'node:os'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { bothOf, type FaultScore } from '../test/support/score-with-faults.ts'
import { faultKinds, type FaultRates } from '../test/support/throw-faults.ts'

export const title = 'trips and crashes found in simulated car-hours with faults thrown in (takes some minutes)'

/** For each hour of a car. */
const rates: FaultRates = {
  'clock jump': 0.01,
  reboot: 0.1,
  '(0, 0) fix': 0.1,
  'fix far off': 0.05,
  sentinel: 1,
  hole: 0.2,
  glitch: 0.2,
  'two glitches': 0.02,
}
const cities = 10
const cars = 25

export async function run({ minutes = 240 }: { readonly minutes?: number } = {}): Promise<void> {
  const seeds = Array.from({ length: cities }, (_, index) => index + 1)
  const scores: FaultScore[] = []
  const next = seeds.values()
  const workThrough = async (): Promise<void> => {
    for (const seed of next) {
      const score = await scoreOf(seed, minutes / 60)
      print(seed, score)
      scores.push(score)
    }
  }
  await Promise.all(Array.from({ length: Math.min(cities, availableParallelism()) }, workThrough))
  process.stdout.write(tableOf(scores.reduce(bothOf)))
}

async function scoreOf(seed: number, hours: number): Promise<FaultScore> {
  const workerData = { cars, hours, seed, crashesPerHour: 0.04, rates }
  const [score] = (await once(
    new Worker(new URL('./thrown-faults.city.ts', import.meta.url), { workerData }),
    'message',
  )) as [FaultScore]
  return score
}

function print(seed: number, { trips, crashes }: FaultScore): void {
  process.stdout.write(
    `  city ${seed}: trips ${trips.driven}, missed ${trips.missed.length}, false ${trips.falseOnes.length}; crashes ${crashes.heard}, missed ${crashes.missed.length}, falsely confirmed ${crashes.falseConfirmed.length}\n`,
  )
  for (const { vehicle, startAt, endAt } of trips.missed)
    process.stdout.write(`    missed: the trip of ${vehicle} from ${textOf(startAt)} to ${textOf(endAt)}\n`)
  for (const truth of crashes.missed) process.stdout.write(`    missed: ${JSON.stringify(truth)}\n`)
}

const textOf = (at: number | null): string => (at === null ? 'the end' : new Date(at).toISOString())

function tableOf({ trips, crashes, thrown, carHours, messages }: FaultScore): string {
  const share = (part: number, whole: number): string => (whole === 0 ? 'none' : (part / whole).toFixed(4))
  const at = (quantile: number): string =>
    (trips.distancePercent[Math.floor(quantile * trips.distancePercent.length)] ?? NaN).toFixed(2)
  return [
    `  ${carHours.toLocaleString('en')} car-hours, ${messages.toLocaleString('en')} messages; ${faultKinds.map((kind) => `${kind} ${thrown[kind]}`).join(', ')}`,
    `  trips: ${trips.driven} driven, ${trips.found} found; precision ${share(trips.right, trips.found)}, recall ${share(trips.driven - trips.missed.length, trips.driven)}, ${trips.joined} one with the trip before as the pause was not heard, ${trips.barelyHeard} more heard for under 30 s`,
    `  distance of ${trips.distancePercent.length + trips.unknownWays} trips over 1 km: half within ${at(0.5)} %, 99 of 100 within ${at(0.99)} %, the worst ${at(1 - 1e-9)} % off, ${trips.distancePercent.filter((off) => off > 0.5).length} over 0.5 %; of ${trips.unknownWays} it is not known how far they went`,
    `  crashes: ${crashes.heard} heard, ${crashes.missed.length} missed, ${crashes.confirmed} confirmed; false: ${crashes.falseConfirmed.length} confirmed, ${crashes.falsePossible} possible; ${crashes.withdrawn} possible ones were withdrawn, ${share(crashes.withdrawn, crashes.told)} of all that were told`,
    '',
  ].join('\n')
}
