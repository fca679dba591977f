// Trips and crashes of a simulated city whose units are at fault as those of real cars are, against what happened in it.
// `--minutes N` is how long the 250 cars live, 240 when it is not given.
import { loadCity } from '../src/city/city.ts'
import { scoreWithFaults } from '../test/support/score-with-faults.ts'
import { faultKinds, type FaultRates } from '../test/support/throw-faults.ts'

export const title = 'trips and crashes found in 1,000 simulated car-hours with faults thrown in (takes some minutes)'

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
const cars = 250

export async function run({ minutes = 240 }: { readonly minutes?: number } = {}): Promise<void> {
  const score = scoreWithFaults(await loadCity(), { cars, hours: minutes / 60, seed: 2, crashesPerHour: 0.04, rates })
  const { trips, crashes, thrown } = score
  const share = (part: number, whole: number): string => (whole === 0 ? 'none' : (part / whole).toFixed(4))
  const at = (quantile: number): string => (trips.distancePercent[Math.floor(quantile * trips.distancePercent.length)] ?? NaN).toFixed(2)
  process.stdout.write(
    [
      `  ${score.carHours.toLocaleString('en')} car-hours, ${score.messages.toLocaleString('en')} messages; ${faultKinds.map((kind) => `${kind} ${thrown[kind]}`).join(', ')}`,
      `  trips: ${trips.driven} driven, ${trips.found} found; precision ${share(trips.right, trips.found)}, recall ${share(trips.driven - trips.missed.length, trips.driven)}, ${trips.joined} one with the trip before as the pause was not heard, ${trips.barelyHeard} more heard for under 30 s`,
      `  distance of ${trips.distancePercent.length + trips.unknownWays} trips over 1 km: half within ${at(0.5)} %, 99 of 100 within ${at(0.99)} %, the worst ${at(1 - 1e-9)} % off, ${trips.distancePercent.filter((off) => off > 0.5).length} over 0.5 %; of ${trips.unknownWays} it is not known how far they went`,
      `  crashes: ${crashes.heard} heard, ${crashes.missed.length} missed, ${crashes.confirmed} confirmed; false: ${crashes.falseConfirmed.length} confirmed, ${crashes.falsePossible} possible; ${crashes.withdrawn} possible ones were withdrawn, ${share(crashes.withdrawn, crashes.told)} of all that were told`,
      '',
    ].join('\n'),
  )
}
