// A made-up car for property tests: some hours with drives, stops, silences, crashes, odd values
// and refused messages.
import * as fc from 'fast-check'
import type { Topic, StoredRecord } from '../eventlog/event-log.ts'
import {
  sampleClocks,
  type Message,
  type MessageId,
  type Sample,
  type SampleClock,
  type SignalValue,
} from '../model/message.ts'
import { messageAt } from '../model/message-check.ts'
import { encodeMessage } from '../model/message-codec.ts'

const startAt = 1_700_000_000_000

/** Some messages that are much alike: driving, standing, being somewhere. */
type Phase = {
  readonly messages: number
  readonly gapMs: number
  readonly pauseMs: number
  /** Null: it does not tell. */
  readonly kmh: number | null
  readonly signals: Record<string, SignalValue>
  readonly topic: 'telemetry' | 'event' | 'critical'
  readonly event: string | null
  readonly pulse: boolean
  readonly refused: 'readable' | 'unreadable' | null
  /** The second message has the number of the first; or one that no unit can have counted up to. */
  readonly odd: 'again' | 'far' | null
  /** Whose clock its instants are of, where the car did not measure them; of every third sample
   *  alone, where they are mixed. */
  readonly clock: SampleClock | null
  readonly isMixed: boolean
}

const signals = fc.record(
  {
    'Vehicle.CurrentLocation.Latitude': fc.double({ min: -34.95, max: -34.75, noNaN: true }),
    'Vehicle.CurrentLocation.Longitude': fc.double({ min: -56.3, max: -56, noNaN: true }),
    'Vehicle.CurrentLocation.GNSSReceiver.FixType': fc.constantFrom('THREE_D', 'THREE_D', 'THREE_D', 'NONE'),
    'Vehicle.LowVoltageSystemState': fc.constantFrom('ON', 'ON', 'ACC', 'START', 'OFF'),
    'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed': fc.constantFrom(false, false, false, true),
    'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart': fc.double({ min: 0, max: 9, noNaN: true }),
    'Vehicle.Powertrain.FuelSystem.InstantConsumption': fc.double({ min: 0, max: 40, noNaN: true }),
    'Vehicle.Powertrain.FuelSystem.AbsoluteLevel': fc.double({ min: 5, max: 50, noNaN: true }),
    'Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy': fc.double({ min: 0, max: 40, noNaN: true }),
    'Vehicle.Powertrain.TractionBattery.CurrentPower': fc.double({ min: -9e4, max: 4e4, noNaN: true }),
    'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current': fc.integer({ min: 20, max: 60 }),
    'Vehicle.Powertrain.TractionBattery.NetCapacity': fc.constantFrom(30, 60),
    'Vehicle.TraveledDistance': fc.integer({ min: 80_000, max: 90_000 }),
    'Vehicle.Custom.Seat': fc.constantFrom('a', null, { invalid: 'range' }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, SignalValue>>

const phase: fc.Arbitrary<Phase> = fc.record({
  messages: fc.integer({ min: 1, max: 25 }),
  gapMs: fc.constantFrom(1_000, 1_000, 500, 4_000, 10_000, 15_001, 120_000),
  pauseMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constantFrom(60_000, 299_000, 300_000, 300_001) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 1_500_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(3_600_000, 3_600_001) },
  ),
  kmh: fc.constantFrom(0, 0, 0, 0.4, 2.9, 12, 50.25, 90),
  signals,
  topic: fc.constantFrom('telemetry', 'telemetry', 'telemetry', 'event', 'critical'),
  event: fc.option(fc.constantFrom('ignition-on', 'ignition-off', 'ignition-off', 'airbag-deployed', 'trouble-code'), {
    freq: 4,
  }),
  pulse: fc.boolean(),
  refused: fc.option(fc.constantFrom('readable', 'unreadable'), { freq: 5 }),
  odd: fc.option(fc.constantFrom('again', 'far'), { freq: 3 }),
  clock: fc.constantFrom(null, null, null, ...sampleClocks),
  isMixed: fc.boolean(),
})

/** Of a car that sends positions and no speed. */
const withoutSpeed = (each: Phase): Phase => ({
  ...each,
  kmh: null,
  signals: { 'Vehicle.CurrentLocation.Latitude': -34.9, 'Vehicle.CurrentLocation.Longitude': -56.1, ...each.signals },
})

/** The records of one car over less than five hours, in the order they were sent. */
export const randomLife: fc.Arbitrary<StoredRecord[]> = fc
  .tuple(fc.array(phase, { minLength: 3, maxLength: 14, size: 'max' }), fc.constantFrom(true, true, true, false))
  .map(([phases, tellsSpeed]) => live(tellsSpeed ? phases : phases.map(withoutSpeed), startAt))

/** The records of one car over two days. */
export const randomDays: fc.Arbitrary<StoredRecord[]> = fc
  .array(fc.array(phase, { minLength: 1, maxLength: 5, size: 'max' }), { minLength: 12, maxLength: 16, size: 'max' })
  .map((lives) => lives.flatMap((phases, index) => live(phases, startAt + index * 3 * 3_600_000)))

function live(phases: readonly Phase[], startAt: number): StoredRecord[] {
  let at = startAt
  const seqs = new Map<string, number>()
  return phases.flatMap((each, index) => {
    at = Math.min(at + each.pauseMs, startAt + 4.5 * 3_600_000)
    const boot = (startAt + (index % 3)).toString(16).padStart(16, '0')
    return Array.from({ length: each.messages }, (_, number) => {
      at += each.gapMs
      const next = seqs.get(boot + each.topic) ?? 0
      const seq = number === 1 ? oddSeq(each, next) : next
      if (seq === next) seqs.set(boot + each.topic, next + 1)
      return recordIn(each, number, { boot, seq }, at)
    })
  })
}

/** Of a marked message no other has the number: whether a number is marked is one thing. */
function oddSeq({ odd }: Phase, next: number): number {
  if (odd === 'far') return 2 ** 52 + next * 11
  return odd === 'again' && !isMarked(next - 1) ? next - 1 : next
}
/** Signals of a receiver that has no place. */
const lostPlace = { 'Vehicle.CurrentLocation.Latitude': 0, 'Vehicle.CurrentLocation.Longitude': 0 } as const

function recordIn(
  { messages, kmh, signals, event, pulse, refused, topic, clock, isMixed }: Phase,
  number: number,
  id: MessageId,
  at: number,
): StoredRecord {
  const moved = kmh === 0 ? 0 : number * 1e-4
  const lat = signals['Vehicle.CurrentLocation.Latitude']
  const metres = signals['Vehicle.TraveledDistance']
  const isOfClock = clock !== null && (!isMixed || number % 3 === 1)
  const sample: Sample = {
    at,
    ...(isOfClock && { clock }),
    signals: {
      ...signals,
      ...(kmh !== null && number % 7 !== 6 && { 'Vehicle.Speed': kmh === 0 ? 0 : kmh + (number % 3) }),
      ...(typeof lat === 'number' && { 'Vehicle.CurrentLocation.Latitude': lat + moved }),
      ...(number % 11 === 10 && lostPlace),
      ...(typeof metres === 'number' && { 'Vehicle.TraveledDistance': metres + number * 13 }),
      ...(pulse && number === messages - 1 && { 'Vehicle.Acceleration.Longitudinal': -90 }),
    },
  }
  // Now and then a second sample of the instant of another message, or of one before it.
  const second: Sample = {
    at: at - (number % 10 === 4 ? 1_000 : 300),
    ...(clock !== null && { clock }),
    signals: { ...signals, ...(kmh !== null && { 'Vehicle.Speed': kmh / 2 }) },
  }
  const message: Message =
    event !== null && number === messages - 1
      ? { ...id, event, at, data: {} }
      : { ...id, samples: number % 5 === 4 ? [sample, second] : number % 6 === 5 ? halves(sample) : [sample] }
  return refused !== null && number === 2 ? deadLetter(topic, message, refused) : recordOf(topic, message)
}

/** One instant told in two samples, latitude and longitude apart. */
function halves({ signals, ...instant }: Sample): Sample[] {
  const { 'Vehicle.CurrentLocation.Longitude': longitude, ...others } = signals
  return longitude === undefined
    ? [{ ...instant, signals }]
    : [
        { ...instant, signals: others },
        { ...instant, signals: { 'Vehicle.CurrentLocation.Longitude': longitude } },
      ]
}

const base = { key: 'demo/car-1', partition: 0, offset: 0 } as const

const isMarked = (seq: number): boolean => seq % 11 === 7

/** Heard up to half a minute later, and one in eleven five minutes before it was measured: its
 *  clock is wrong. */
const heardAt = (at: number, { seq }: MessageId): number => (isMarked(seq) ? at - 300_000 : at + (seq % 30) * 1000)

const recordOf = (topic: Topic, message: Message): StoredRecord => ({
  ...base,
  topic,
  value: encodeMessage(message),
  at: messageAt(message),
  appendedAt: heardAt(messageAt(message), message),
  receivedAt: heardAt(messageAt(message), message),
})

const deadLetter = (topic: Topic, message: Message, refused: 'readable' | 'unreadable'): StoredRecord => ({
  ...base,
  topic: 'dead-letter',
  headers: { stream: topic, reason: 'shape' },
  value:
    refused === 'readable' ? Buffer.from(JSON.stringify({ boot: message.boot, seq: message.seq })) : Buffer.from('{'),
  at: messageAt(message),
  appendedAt: heardAt(messageAt(message), message),
  receivedAt: heardAt(messageAt(message), message),
})
