// The load of the pipeline bench: cars on the vehicle SDK, each with one message an interval spread
// over it, and one reader of the live feed. Orders come as JSON on standard input; a line is
// printed when the warm-up is over and one with the figures of each window.
import { json } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../src/base/clock.ts'
import { LatencyWindow } from '../src/base/latency-window.ts'
import type { PositionsEvent } from '../src/api/contract.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { openVehicle, type Vehicle } from '../src/vehicle/vehicle.ts'
import { readEvents } from './support/read-events.ts'
import { drivingSignals } from './support/telemetry.ts'
import { ToldMessages } from './support/told-messages.ts'
import { ownMicros } from './support/own-cpu.ts'

type Task = {
  mqttUrl: string
  dataDir: string
  cars: number
  everyMs: number
  warmUpMs: number
  windowMs: number
  windows: number
  feedUrl: string
  cookie: string
}
const task = (await json(process.stdin)) as Task
const fleetKey = openSecrets(task.dataDir).fleetKey('demo')

const vehicles: Vehicle[] = []
for (let index = 0; index < task.cars; index++) {
  const ref = { tenant: 'demo', vehicle: `car-${index}` }
  vehicles.push(openVehicle({ url: task.mqttUrl, ref, password: vehiclePassword(fleetKey, ref) }))
  if (index % 50 === 49) await wait(20)
}
while (vehicles.some(({ state }) => state !== 'online')) await wait(50)

/** Cars take their turns every few milliseconds, so that the load is even. */
const sliceMs = 10
const slices = task.everyMs / sliceMs
let slice = 0
let due = performance.now()
setInterval(() => {
  for (; due <= performance.now(); due += sliceMs, slice++) {
    for (let index = slice % slices; index < task.cars; index += slices) {
      vehicles[index]?.send('telemetry', { samples: [{ at: Date.now(), signals: drivingSignals(index, slice) }] })
    }
  }
}, sliceMs)

const feed = new LatencyWindow(systemClock, task.windowMs)
void readFeed()
await wait(task.warmUpMs)
const acknowledged = () => vehicles.reduce((sum, vehicle) => sum + vehicle.stats.acknowledged, 0)
process.stdout.write('{}\n')
for (let window = 0; window < task.windows; window++) {
  const before = { acknowledged: acknowledged(), cpu: process.cpuUsage(), at: performance.now() }
  await wait(task.windowMs)
  const cpuPercent = ownMicros(before.cpu) / 10 / (performance.now() - before.at)
  process.stdout.write(
    `${JSON.stringify({ acknowledged: acknowledged() - before.acknowledged, ...feed.percentiles(), cpuPercent })}\n`,
  )
}

async function readFeed(): Promise<void> {
  const told = new ToldMessages(task.everyMs, feed)
  let first = true
  await readEvents(task.feedUrl, task.cookie, new AbortController().signal, (event, data) => {
    if (event !== 'positions') return
    const now = Date.now()
    const { number, at } = JSON.parse(data) as PositionsEvent
    // The first event is the present state of all, not news.
    if (!first) for (const [index, car] of number.entries()) told.tell(car, at[index]!, now)
    first = false
  })
}
