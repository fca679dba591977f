// Crashes in the simulated city while the cars' units fail: wrong clocks, reboots, wrong positions, speeds that are none, holes, and glitches
// of the accelerometer.
import { loadCity, type City } from '../src/city/city.ts'
import { driveJobs } from '../src/engine/job-driver.ts'
import type { StoredRecord } from '../src/eventlog/event-log.ts'
import { crash } from '../src/jobs/crash/crash.ts'
import { messageAt } from '../src/model/message-check.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import type { Message, Sample } from '../src/model/message.ts'
import type { Alert } from '../src/model/read-models.ts'
import { vehicleKey } from '../src/model/vehicle-id.ts'
import { usualRates } from '../src/sim/incidents.ts'
import { simulateOffline } from '../src/sim/offline.ts'
import type { Truth } from '../src/sim/truth.ts'

export const title = 'crashes found in the simulated city with faults thrown in, 250 car-hours after the other for 2 minutes (--minutes N)'

/** In an hour of one car. */
const rates = { jump: 0.01, reboot: 0.1, nullIsland: 0.1, farFix: 0.05, sentinel: 1, hole: 0.2, glitch: 0.2, twoGlitches: 0.02 }
const crashesPerHour = 0.01
const cars = 250
const startAt = 1_767_877_200_000
const hourMs = 3_600_000

type CrashTruth = Extract<Truth, { readonly kind: 'crash' }>

export type FaultScore = {
  carHours: number
  /** Crashes of which the message with the pulse was heard, and those of them that no standing alert tells. */
  heard: number
  missed: number
  confirmed: number
  falseConfirmed: number
  falsePossible: number
  withdrawn: number
}

export async function run({ minutes = 2 }: { readonly minutes?: number } = {}): Promise<void> {
  const endAt = performance.now() + minutes * 60_000
  const city = await loadCity()
  const sum: FaultScore = { carHours: 0, heard: 0, missed: 0, confirmed: 0, falseConfirmed: 0, falsePossible: 0, withdrawn: 0 }
  for (let seed = 1; performance.now() < endAt; seed += 1) add(sum, scoreFaults(city, seed))
  process.stdout.write(`  ${wordsOf(sum)}\n`)
}

export const wordsOf = (score: FaultScore): string =>
  `${score.carHours.toLocaleString('en')} car-hours: of ${score.heard} crashes whose pulse was heard ${score.missed} missed, ${score.confirmed} confirmed; ` +
  `false: ${score.falseConfirmed} confirmed, ${score.falsePossible} possible; ${score.withdrawn} possible ones were withdrawn`

export function add(sum: FaultScore, more: FaultScore): void {
  for (const name of Object.keys(sum) as (keyof FaultScore)[]) sum[name] += more[name]
}

/** An hour of the city. */
export function scoreFaults(city: City, seed: number): FaultScore {
  const truths: Truth[] = []
  const driver = driveJobs([crash])
  const heardPulses = new Set<string>()
  const unit = faultyUnits(seed)
  const options = { city, cars, seed, startAt, durationMs: hourMs, onTruth: (truth: Truth) => truths.push(truth) }
  let batch: StoredRecord[] = []
  let batchAt = 0
  for (const sent of simulateOffline({ ...options, rates: { ...usualRates, crash: crashesPerHour, 'minor-crash': crashesPerHour } })) {
    if (sent.sentAt > batchAt + 1000) {
      driver.feed(batch)
      driver.pass(batchAt)
      batch = []
      batchAt = sent.sentAt
    }
    const key = vehicleKey(sent.ref)
    const message = unit(key, sent.message, sent.sentAt)
    if (message === null) continue
    const at = messageAt(sent.message)
    heardPulses.add(`${sent.ref.vehicle} ${at}`)
    const times = { at: messageAt(message), appendedAt: sent.sentAt, receivedAt: sent.sentAt }
    batch.push({ topic: sent.stream, key, value: encodeMessage(message), partition: 0, offset: 0, ...times })
  }
  driver.feed(batch)
  driver.pass(startAt + 2 * hourMs)
  const crashes = truths.filter((truth): truth is CrashTruth => truth.kind === 'crash' && heardPulses.has(`${truth.vehicle} ${truth.at}`))
  return scoreOf(crashes, [...driver.results().values()] as Alert[])
}

function scoreOf(crashes: readonly CrashTruth[], alerts: readonly Alert[]): FaultScore {
  const left = new Set(alerts)
  const told = crashes.flatMap(({ vehicle, at }) => {
    const alert = alerts.find((each) => each.vehicle === vehicle && Math.abs(each.at - at) <= 60_000 && each.status !== 'withdrawn')
    if (alert !== undefined) left.delete(alert)
    return alert ?? []
  })
  const count = (list: Iterable<Alert>, status: Alert['status']): number => [...list].filter((each) => each.status === status).length
  return {
    carHours: cars,
    heard: crashes.length,
    missed: crashes.length - told.length,
    confirmed: count(told, 'confirmed'),
    falseConfirmed: count(left, 'confirmed'),
    falsePossible: count(left, 'possible'),
    withdrawn: count(left, 'withdrawn'),
  }
}

type Unit = { heardAt: number; holeUntilAt: number; boot: number; glitchesLeft: number }

/** What units make of messages: null where it is not heard. */
function faultyUnits(seed: number) {
  const units = new Map<string, Unit>()
  let state = seed
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  return (key: string, message: Message, sentAt: number): Message | null => {
    const unit = units.get(key) ?? { heardAt: sentAt, holeUntilAt: 0, boot: 0, glitchesLeft: 0 }
    units.set(key, unit)
    const hours = Math.max(0, sentAt - unit.heardAt) / hourMs
    unit.heardAt = Math.max(sentAt, unit.heardAt)
    const happens = (name: keyof typeof rates): boolean => random() < rates[name] * hours
    if (happens('hole')) unit.holeUntilAt = sentAt + 300_000 + random() * 300_000
    if (sentAt < unit.holeUntilAt) return null
    if (happens('reboot')) unit.boot += 1
    if (happens('glitch')) unit.glitchesLeft = 1
    if (happens('twoGlitches')) unit.glitchesLeft = 2
    const jumpMs = happens('jump') ? (random() < 0.5 ? 20 : -20) * hourMs : 0
    const boot = (BigInt(`0x${message.boot}`) ^ BigInt(unit.boot)).toString(16).padStart(16, '0')
    if ('event' in message) return { ...message, boot, at: message.at + jumpMs }
    const wrong: Sample['signals'] = {
      ...(happens('nullIsland') && placed(0, 0)),
      ...(happens('farFix') && placed(-34.9 + random(), -56.2 + random())),
      ...(happens('sentinel') && { 'Vehicle.Speed': [-1, 0, 255, 511.97, 6553.5][Math.floor(random() * 5)]! }),
      ...(unit.glitchesLeft > 0 && { 'Vehicle.Acceleration.Longitudinal': (random() < 0.5 ? -16 : 16) * 9.80665 }),
    }
    unit.glitchesLeft = Math.max(0, unit.glitchesLeft - 1)
    const samples = message.samples.map(({ at, signals }) => ({ at: at + jumpMs, signals: { ...signals, ...wrong } }))
    return { ...message, boot, samples }
  }
}

const placed = (lat: number, lon: number): Sample['signals'] => ({
  'Vehicle.CurrentLocation.Latitude': lat,
  'Vehicle.CurrentLocation.Longitude': lon,
})
