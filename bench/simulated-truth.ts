// Crashes and trips that the jobs find in a thousand car-hours of the simulated city, against what
// happened in it.
import { loadCity } from '../src/city/city.ts'
import { scoreSimulation } from '../test/support/score-simulation.ts'

export const title = 'crashes and trips found in 1,000 simulated car-hours (takes two minutes)'

export async function run(): Promise<void> {
  const score = scoreSimulation(await loadCity(), { cars: 250, hours: 4, seed: 2, crashesPerHour: 0.04 })
  const { crashes, trips, worst } = score
  process.stdout.write(
    [
      `  ${score.carHours.toLocaleString('en')} car-hours, ${score.messages.toLocaleString('en')} messages`,
      `  crashes: ${crashes.injected} injected, ${crashes.missed.length} missed, ${crashes.falseOnes.length} false among ${score.lookalikes} potholes, kerbs and slammed doors`,
      `  trips: ${trips.driven} driven, ${trips.missed.length} missed, ${trips.falseOnes.length} false; both ends exact, distance at most ${worst.distancePercent.toFixed(2)} % off, idle time ${worst.idleMs / 1000} s`,
      '',
    ].join('\n'),
  )
}
