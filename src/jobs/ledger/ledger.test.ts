import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import type { AnomalyKind } from '../../model/anomaly.ts'
import type { LedgerEntry } from '../../read-models/ledger/ledger.ts'
import { missingMax } from '../../model/seq.ts'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { ledger, ledgerEveryMs } from './ledger.ts'
import { payloadsOfNumberMax } from './payloads.ts'

const at = 1_700_000_000_000
const boot = '00000000000000aa'

const record = (seq: number, from = boot, when = at + seq * 1000): StoredRecord =>
  recordsOf([{ boot: from, seq, samples: [{ at: when, signals: { 'Vehicle.Speed': 1 } }] }])[0]!

const refused = (value: string): StoredRecord => ({
  ...record(0),
  topic: 'dead-letter',
  headers: { stream: 'telemetry', reason: 'shape' },
  value: Buffer.from(value),
})

function resultsOf(records: readonly StoredRecord[]): ReadonlyMap<string, object> {
  const driver = driveJobs([ledger], { reload: true })
  driver.feed(records, at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return driver.results()
}

const anomalyOf = (records: readonly StoredRecord[], kind: AnomalyKind): Anomaly | undefined =>
  resultsOf(records).get(`anomaly demo/car-1/${kind}`) as Anomaly | undefined

function entryOf(records: readonly StoredRecord[]): LedgerEntry {
  const entry = resultsOf(records).get('ledger demo/car-1/telemetry') as LedgerEntry
  assert.equal(entry.sent, entry.stored + entry.refused + entry.missing)
  assert.equal(entry.received, entry.stored + entry.duplicate + entry.refused)
  return entry
}

const counts = ({ sent, received, stored, duplicate, late, refused: refusals, missing }: LedgerEntry) => [
  sent,
  received,
  stored,
  duplicate,
  late,
  refusals,
  missing,
]

test('counts what came, what came twice and what is missing, over boots', () => {
  const entry = entryOf([
    record(0),
    record(1),
    record(1),
    record(4),
    record(0, 'bb'.repeat(8)),
    record(2, 'bb'.repeat(8)),
  ])
  assert.deepEqual(counts(entry), [8, 6, 5, 1, 0, 0, 3])
})

test('a refused message with a seq that can be read is not missing, nor counted twice', () => {
  const letter = refused(JSON.stringify({ boot, seq: 1, samples: 'none' }))
  assert.deepEqual(counts(entryOf([record(0), record(2), letter])), [3, 3, 2, 0, 0, 1, 0])
  assert.deepEqual(counts(entryOf([record(0), letter, record(2), letter])), [3, 4, 2, 1, 0, 1, 0])
})

test('a refused message that cannot be read is taken for one that would be missing', () => {
  assert.deepEqual(counts(entryOf([record(0), record(2), refused('{')])), [3, 3, 2, 0, 0, 1, 0])
  assert.deepEqual(
    counts(entryOf([record(0), record(1), refused('{')])),
    [3, 3, 2, 0, 0, 1, 0],
    'it was the last one sent',
  )
})

test('a message stored after it had been refused is stored', () => {
  assert.deepEqual(
    counts(entryOf([refused(JSON.stringify({ boot, seq: 0 })), record(0), record(1)])),
    [2, 3, 2, 1, 0, 0, 0],
  )
})

test('a message too late to change anything is counted as late, once', () => {
  const late = record(1, boot, at - latenessMs - 1)
  assert.deepEqual(counts(entryOf([record(0), late, late])), [2, 3, 2, 1, 1, 0, 0])
})

test('a vehicle is spoken of at once, then at most every ten seconds, and in the end exactly', () => {
  const driver = driveJobs([ledger])
  const said: number[] = []
  for (let seq = 0; seq < 60; seq += 1)
    for (const output of driver.feed([record(seq)], at + seq * 1000 - 2001))
      said.push((output.value as LedgerEntry).stored)
  assert.equal(said[0], 1)
  assert.ok(said.length >= 5 && said.length <= 60_000 / ledgerEveryMs + 2, `said ${said.length} times in a minute`)
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.equal((driver.results().get('ledger demo/car-1/telemetry') as LedgerEntry).stored, 60)
})

test('messages with an instant after their receipt are counted, each once, and the last receipt is kept beside the last instant', () => {
  const heard = (seq: number, receivedAt: number): StoredRecord => ({ ...record(seq), receivedAt })
  const ahead = heard(2, at + 2000 - 120_001)
  const { clock, lastAt, lastReceivedAt } = entryOf([heard(1, at + 1500), ahead, ahead, heard(0, at + 1600)])
  assert.deepEqual([clock, lastAt, lastReceivedAt], [1, at + 2000, at + 1600])
})

const speed = (seq: number, second: number, kmh: number): StoredRecord =>
  recordsOf([{ boot, seq, samples: [{ at: at + second * 1000, signals: { 'Vehicle.Speed': kmh } }] }])[0]!

test('numbers that begin again are told: different messages under one number are two messages, and the same one is a duplicate', () => {
  const first = [speed(0, 0, 10), speed(1, 1, 11), speed(2, 2, 12)]
  const again = [speed(0, 1000, 20), speed(2, 1002, 22)]
  const entry = entryOf([...first, ...again, ...first, ...again])
  assert.deepEqual([...counts(entry), entry.reused], [5, 10, 5, 5, 0, 0, 0, 2])
  const { count, parts, lastReceivedAt } = anomalyOf([...first, ...again], 'reused')!
  assert.deepEqual(
    [count, parts, lastReceivedAt],
    [2, [{ subject: 'telemetry', reason: null, count: 2 }], at + 1_002_000],
  )
  assert.equal(anomalyOf([...first, ...first], 'reused'), undefined)
})

test('a number that goes round is met again wherever it is by then', () => {
  const round = (from: number, to: number, kmh: number): StoredRecord[] =>
    Array.from({ length: to - from }, (_, index) => speed(from + index, index, kmh))
  // Every 64th from 512 on.
  assert.equal(entryOf([...round(0, 600, 1), ...round(500, 600, 2)]).reused, 2)
})

test('of many messages under one number some are told apart, and the others are duplicates', () => {
  const messages = Array.from({ length: payloadsOfNumberMax + 10 }, (_, kmh) => speed(3, 0, kmh))
  const entry = entryOf([speed(0, 0, 0), speed(1, 0, 0), speed(2, 0, 0), ...messages, ...messages.toReversed()])
  assert.deepEqual([entry.reused, entry.stored], [payloadsOfNumberMax - 1, payloadsOfNumberMax + 3])
})

test('a number that no unit can have counted up to is one message, and the counting goes on', () => {
  const entry = entryOf([record(0), record(1), record(Number.MAX_SAFE_INTEGER, boot, at), record(2), record(4)])
  assert.deepEqual([...counts(entry), entry.jumps], [6, 5, 5, 0, 0, 0, 1, 1])
  assert.deepEqual(anomalyOf([record(0), record(Number.MAX_SAFE_INTEGER, boot, at)], 'number')?.parts, [
    { subject: 'telemetry', reason: null, count: 1 },
  ])
})

test('a refused message with such a number is one refused message', () => {
  const letter = refused(JSON.stringify({ boot, seq: 9_007_199_254_740_990, samples: 'none' }))
  const entry = entryOf([record(0), letter, record(1)])
  assert.deepEqual([...counts(entry), entry.jumps], [3, 3, 2, 0, 0, 1, 0, 1])
})

test('a jump is the first number past what may be missing, and none when what lies between has come', () => {
  const far = (seq: number): StoredRecord => record(seq, boot, at)
  assert.deepEqual([entryOf([far(missingMax)]).missing, entryOf([far(missingMax)]).jumps], [missingMax, 0])
  assert.deepEqual([entryOf([far(missingMax + 1)]).missing, entryOf([far(missingMax + 1)]).jumps], [0, 1])
  const driver = driveJobs([ledger], { reload: true })
  driver.feed([far(0), far(missingMax + 2)], at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.ok(driver.results().has('anomaly demo/car-1/number'))
  driver.feed([far(5)], at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.ok(!driver.results().has('anomaly demo/car-1/number'))
  assert.equal((driver.results().get('ledger demo/car-1/telemetry') as LedgerEntry).missing, missingMax)
})

test('two events of one millisecond are two messages', () => {
  const code = (seq: number, name: string) => ({ boot, seq, event: 'trouble-code', at, data: { code: name } })
  const entry = resultsOf(recordsOf([code(0, 'P0301'), code(1, 'P0420')], 'demo/car-1', 'event')).get(
    'ledger demo/car-1/event',
  )
  assert.deepEqual([...counts(entry as LedgerEntry), (entry as LedgerEntry).reused], [2, 2, 2, 0, 0, 0, 0, 0])
})

test('dead letters are told by stream and reason, invalid values by path and reason, the most frequent first', () => {
  const gear = (seq: number, value: number | { readonly invalid: string }): StoredRecord => {
    const signals = {
      'Vehicle.Speed': 50,
      'Vehicle.Powertrain.Transmission.CurrentGear': value,
      'Vehicle.Maker.X': { invalid: 'type' },
    }
    return recordsOf([{ boot, seq, samples: [{ at, signals }] }])[0]!
  }
  const records = [
    gear(0, 300),
    gear(1, { invalid: 'true' }),
    gear(2, 3),
    refused('{'),
    refused('{'),
    { ...refused('{'), headers: {} },
  ]
  assert.deepEqual(anomalyOf(records, 'invalid')?.parts, [
    { subject: 'Vehicle.Maker.X', reason: 'type', count: 3 },
    { subject: 'Vehicle.Powertrain.Transmission.CurrentGear', reason: 'range', count: 1 },
    { subject: 'Vehicle.Powertrain.Transmission.CurrentGear', reason: 'true', count: 1 },
  ])
  assert.deepEqual(anomalyOf(records, 'refused')?.parts, [
    { subject: 'telemetry', reason: 'shape', count: 2 },
    { subject: 'unknown', reason: 'unknown', count: 1 },
  ])
})

test('what a message holds beside what is good is told by path and reason, and instants by what they look like', () => {
  const year = 365.25 * 86_400_000
  const sample = (when: number | string, signals: object = { 'Vehicle.Speed': 50 }) => ({ at: when, signals })
  const sent = (seq: number, samples: readonly object[], receivedAt = at): StoredRecord => ({
    ...record(seq),
    value: Buffer.from(JSON.stringify({ boot, seq, samples })),
    at: receivedAt,
    receivedAt,
  })
  const records = [
    sent(0, [
      sample(at),
      sample(at, { 'Vehicle.Maker.inside-temp': 21 }),
      sample(at / 1000),
      sample(at / 1000),
      { at },
    ]),
    sent(1, [sample('2026-01-01 12:00:00'), sample(at - 1024 * 7 * 86_400_000)]),
    sent(2, [sample(at - 18 * year)]),
    sent(3, [sample(at + 3_600_000)]),
  ]
  const partsOf = (kind: AnomalyKind) =>
    anomalyOf(records, kind)?.parts.map(({ subject, reason, count }) => [subject, reason, count])
  assert.deepEqual(partsOf('invalid'), [
    ['Vehicle.Maker.inside-temp', 'path', 1],
    ['samples', 'sample', 1],
  ])
  assert.deepEqual(partsOf('clock'), [
    ['telemetry', 'time-seconds', 2],
    ['telemetry', 'time-ahead', 1],
    ['telemetry', 'time-behind', 1],
    ['telemetry', 'time-gps-rollover', 1],
    ['telemetry', 'time-no-zone', 1],
  ])
  assert.equal(entryOf(records).clock, 1)
})

test('one bad value of many, whatever it is, leaves its message stored and is told by its path', () => {
  const signals = [
    '"Vehicle.Powertrain.Transmission.CurrentGear":{"invalid":true}',
    '"Vehicle.Exterior.AirTemperature":NaN',
    '"Vehicle.Maker.Location":{"lat":52.5,"lon":13.4}',
    '"Vehicle.Maker.CellVoltages":[3.71,3.72]',
    '"Vehicle.Maker.inside-temp":21',
    '"vehicle.speed":55',
  ]
  const records = signals.map((bad, seq) => ({
    ...record(seq),
    value: Buffer.from(
      `{"boot":"${boot}","seq":${seq},"samples":[{"at":${at + seq},"signals":{"Vehicle.Speed":${50 + seq},${bad}}}]}`,
    ),
  }))
  assert.deepEqual(counts(entryOf(records)), [6, 6, 6, 0, 0, 0, 0])
  assert.deepEqual(
    anomalyOf(records, 'invalid')?.parts.map(({ subject, reason, count }) => [subject, reason, count]),
    [
      ['Vehicle.Exterior.AirTemperature', 'not-a-number', 1],
      ['Vehicle.Maker.CellVoltages', 'form', 1],
      ['Vehicle.Maker.Location', 'form', 1],
      ['Vehicle.Maker.inside-temp', 'path', 1],
      ['Vehicle.Powertrain.Transmission.CurrentGear', 'unspecified', 1],
      ['vehicle.speed', 'path', 1],
    ],
  )
})

test('values of other types that mean one thing are no anomaly, and those that do not are told', () => {
  const signals = {
    'Vehicle.Speed': '63.2',
    'Vehicle.IsMoving': 1,
    'Vehicle.LowVoltageSystemState': 'On',
    'Vehicle.Powertrain.FuelSystem.RelativeLevel': 54.9,
    'Vehicle.Chassis.SteeringWheel.Angle': -12.5,
    'Vehicle.Chassis.Accelerator.PedalPosition': 33.3,
    'Vehicle.Diagnostics.DTCList': 'P0301',
    'Vehicle.CurrentLocation.Heading': -90,
    'Vehicle.Powertrain.Transmission.CurrentGear': 'D',
    'Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure': 241.3,
  }
  const records = [{ ...record(0), value: Buffer.from(JSON.stringify({ boot, seq: 0, samples: [{ at, signals }] })) }]
  assert.deepEqual(
    anomalyOf(records, 'invalid')?.parts.map(({ subject, reason }) => [subject.split('.').at(-1), reason]),
    [
      ['Heading', 'range'],
      ['DTCList', 'type'],
      ['CurrentGear', 'type'],
    ],
  )
})

test('a car that gives no cause has no anomalies', () => {
  const ids = [...resultsOf([record(0), record(1), record(1), record(3)]).keys()]
  assert.deepEqual(ids, ['ledger demo/car-1/telemetry'])
})

const minute = 60_000
const heard = (from: string, minuteAt: number, heardMinute = minuteAt): StoredRecord => {
  const [message] = recordsOf([{ boot: from, seq: minuteAt, samples: [{ at: at + minuteAt * minute, signals: {} }] }])
  return { ...message!, receivedAt: at + heardMinute * minute, appendedAt: at + heardMinute * minute }
}
const [one, other] = ['aa'.repeat(8), 'bb'.repeat(8)]

test('two units under one id are told by their boots, which ran side by side', () => {
  const sideBySide = [heard(one, 0), heard(other, 1), heard(one, 12), heard(other, 40)]
  const { count, parts, lastReceivedAt } = anomalyOf(sideBySide, 'units')!
  assert.deepEqual([count, parts.map(({ subject }) => subject), lastReceivedAt], [2, [one, other], at + 12 * minute])
  assert.equal(
    anomalyOf([heard(one, 0), heard(other, 1), heard(one, 11), heard(other, 40)], 'units'),
    undefined,
    'ten minutes may be',
  )
})

test('a boot whose messages had waited is no second unit, nor is one whose clock was set back', () => {
  const waited = [heard(one, 0, 100), heard(other, 90, 90), heard(one, 60, 160), heard(other, 150, 150)]
  assert.equal(anomalyOf(waited, 'units'), undefined)
  const setBack = [heard(one, 0, 0), heard(one, 60, 60), heard(other, 20, 80), heard(other, 50, 110)]
  assert.equal(anomalyOf(setBack, 'units'), undefined)
  assert.deepEqual(anomalyOf(setBack, 'clock')?.parts, [{ subject: other, reason: 'time-back', count: 1 }])
  assert.equal(anomalyOf(setBack, 'clock')?.lastReceivedAt, at + 110 * minute)
  assert.equal(anomalyOf(waited, 'clock'), undefined)
})

test('an instant an hour behind those around it by number is told, and so is a clock that is set back for good; a backlog is not', () => {
  const told = (...minutes: readonly number[]): [number, string[]] | undefined => {
    const anomaly = anomalyOf(
      minutes.map((minuteAt, seq) => ({ ...heard(one, minuteAt, 400 + seq), value: heardBytes(minuteAt, seq) })),
      'clock',
    )
    return anomaly && [anomaly.count, anomaly.parts.map(({ subject, reason }) => `${subject} ${reason}`)]
  }
  const heardBytes = (minuteAt: number, seq: number): Uint8Array =>
    Buffer.from(JSON.stringify({ boot: one, seq, samples: [{ at: at + minuteAt * minute, signals: {} }] }))
  const hour = Array.from({ length: 61 }, (_, minuteAt) => 60 + minuteAt)
  assert.equal(told(...hour), undefined)
  assert.deepEqual(told(...hour.slice(0, 40), 40, ...hour.slice(41)), [1, ['telemetry time-back']])
  assert.deepEqual(
    told(...hour, ...hour.map((minuteAt) => minuteAt - 25)),
    [7, ['telemetry time-back']],
    'ten minutes each, measured anew',
  )
  assert.equal(told(0, 1, 2, 300, 301), undefined, 'it was silent')
  const backlog = [heard(one, 0), heard(one, 90), ...hour.map((minuteAt) => heard(one, minuteAt, 120 + minuteAt))]
  assert.equal(anomalyOf(backlog, 'clock'), undefined)
})
