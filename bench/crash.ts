// A car's airbag, and a pulse of acceleration alone, to the alert on the live feed, while many
// other cars publish: what a person who watches the map waits for.
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import type { Sample } from '../src/model/message.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { openVehicle, type Vehicle } from '../src/vehicle/vehicle.ts'
import { signIn } from '../test/support/api-client.ts'
import { startSystem, temporaryFolder } from '../test/support/running-system.ts'
import { readEvents } from './support/read-events.ts'

export const title = 'An airbag, and a pulse, to the alert on the live feed, while other cars publish'

const crashes = 200

/** Other cars, and their messages in a second. */
type Others = { readonly cars?: number; readonly rate?: number }

export async function run({ cars = 1_000, rate = cars }: Others = {}): Promise<void> {
  using folder = temporaryFolder()
  await using system = await startSystem({ dataDir: folder.path })
  const fleetKey = openSecrets(folder.path).fleetKey('demo')
  const open = (vehicle: string): Vehicle => {
    const ref = { tenant: 'demo', vehicle }
    return openVehicle({ url: system.mqttUrl, ref, password: vehiclePassword(fleetKey, ref) })
  }
  const others = Array.from({ length: cars }, (_, index) => open(`other-${index}`))
  const crashing = Array.from({ length: crashes }, (_, index) => open(`crash-${index}`))
  while ([...others, ...crashing].some(({ state }) => state !== 'online')) await wait(100)
  const from = performance.now()
  let turn = 0
  const background = setInterval(() => {
    for (const due = ((performance.now() - from) / 1_000) * rate; turn < due; turn++)
      others[turn % cars]?.send('telemetry', { samples: [{ at: Date.now(), signals: { 'Vehicle.Speed': 40 } }] })
  }, 10)

  const { cookie, url } = await signIn(system.setupUrl ?? '')
  const stop = new AbortController()
  const alerts = new EventTarget()
  const reading = readEvents(`${url}/api/v1/live?feeds=alert`, cookie, stop.signal, (event, data) => {
    if (event === 'alert')
      alerts.dispatchEvent(new Event((JSON.parse(data) as { alert: { vehicle: string } }).alert.vehicle))
  })
  await wait(5_000)
  const latencies = { airbag: [] as number[], pulse: [] as number[] }
  for (const [index, car] of crashing.entries()) {
    const seen = once(alerts, `crash-${index}`)
    const sentAt = performance.now()
    const kind = index % 2 === 0 ? 'airbag' : 'pulse'
    if (kind === 'airbag') car.send('critical', { event: 'airbag-deployed', at: Date.now(), data: {} })
    else car.send('telemetry', { samples: secondOfPulse(Date.now()) })
    await seen
    latencies[kind].push(performance.now() - sentAt)
    await wait(20)
  }
  clearInterval(background)
  const perSecond = (turn / (performance.now() - from)) * 1_000
  process.stdout.write(`  ${cars} other cars, ${perSecond.toFixed(0)} messages a second\n`)
  stop.abort()
  await reading
  for (const [kind, ofKind] of Object.entries(latencies)) {
    ofKind.sort((a, b) => a - b)
    const quantile = (part: number) => `${(ofKind[Math.ceil(part * ofKind.length) - 1] ?? Number.NaN).toFixed(0)} ms`
    process.stdout.write(
      `  ${kind}: ${ofKind.length} crashes, p50 ${quantile(0.5)}, p99 ${quantile(0.99)}, worst ${quantile(1)}\n`,
    )
  }
  await Promise.all([...others, ...crashing].map((car) => car[Symbol.asyncDispose]()))
}

/** The second before `at` at 50 Hz, as one message tells it: a standing car is hit, 20 g for 80
 *  ms. */
const secondOfPulse = (at: number): [Sample, ...Sample[]] => [
  { at: at - 1000, signals: { 'Vehicle.Speed': 0 } },
  ...Array.from({ length: 50 }, (_, index): Sample => {
    const ms2 = index >= 46 ? -(18 + (index % 3)) * 9.80665 : 0
    return { at: at - 980 + index * 20, signals: { 'Vehicle.Acceleration.Longitudinal': ms2 } }
  }),
]
