// Promise: no car's clock touches another car. Fifty cars drive and crash with right clocks; beside
// them on the partition one is twenty hours ahead, one twenty years behind, and one jumps every
// minute.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { driveJobs, recordsOf } from '../engine/job-driver.ts'
import type { Alert } from '../read-models/alerts/alerts.ts'
import type { LedgerEntry } from '../read-models/ledger/ledger.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import type { Twin } from '../model/twin.ts'
import type { Sample } from '../model/message.ts'
import { jobs } from './jobs.ts'

const startAt = 1_767_877_200_000
const hourMs = 3_600_000
const stepMs = 5_000

type Drive = {
  readonly car: string
  readonly startAt: number
  readonly minutes: number
  /** The milliseconds added to the truth by the car's clock, and when the message is heard. */
  readonly offsetMs?: (seq: number) => number
  readonly heardAt?: (at: number) => number
  readonly boot?: string
  readonly crashes?: boolean
}

/** A car that drives round at 36 km/h, now and then stands, and may end in a crash. */
function drive({
  car,
  startAt: from,
  minutes,
  offsetMs = () => 0,
  heardAt = (at) => at + 300,
  boot = 'aa',
  crashes = false,
}: Drive): StoredRecord[] {
  const count = (minutes * 60_000) / stepMs
  return Array.from({ length: count }, (_, seq) => {
    const trueAt = from + seq * stepMs
    const crashed = crashes && seq > count - 12
    const sample: Sample = {
      at: trueAt + offsetMs(seq),
      signals: {
        'Vehicle.Speed': crashed ? 0 : 36,
        'Vehicle.CurrentLocation.Latitude': -34.9 + seq * 1e-4,
        'Vehicle.CurrentLocation.Longitude': -56.1,
        ...(crashes && seq === count - 12 && { 'Vehicle.Acceleration.Longitudinal': -90 }),
      },
    }
    const message = { boot: boot.repeat(8), seq, samples: [sample] }
    return {
      ...recordsOf([message], `demo/${car}`)[0]!,
      offset: seq,
      appendedAt: heardAt(trueAt),
      receivedAt: heardAt(trueAt),
    }
  })
}

const others = Array.from({ length: 50 }, (_, car) =>
  drive({ car: `car-${car}`, startAt: startAt + car * 1_700, minutes: 4 + (car % 5), crashes: car % 7 === 0 }),
).flat()

const wild = [
  drive({ car: 'ahead', startAt, minutes: 8, offsetMs: () => 20 * hourMs, crashes: true }),
  drive({ car: 'behind', startAt, minutes: 8, offsetMs: () => -20 * 365 * 24 * hourMs }),
  drive({ car: 'jumps', startAt, minutes: 8, offsetMs: (seq) => (seq % 12 === 6 ? 20 * hourMs : 0) }),
].flat()

const inOrder = (records: readonly StoredRecord[]): StoredRecord[] =>
  records.toSorted((a, b) => a.appendedAt - b.appendedAt)

/** All that was said, in the order it was said, in a batch for each second; and what holds in the
 *  end. */
function play(records: readonly StoredRecord[]) {
  const driver = driveJobs(jobs, { reload: true })
  const said: string[] = []
  const ordered = inOrder(records)
  const lastAt = ordered.at(-1)!.appendedAt
  let next = 0
  for (let until = ordered[0]!.appendedAt; next < ordered.length; until += 20_000) {
    const from = next
    while (next < ordered.length && ordered[next]!.appendedAt <= until) next += 1
    said.push(...driver.feed(ordered.slice(from, next), until).map((output) => JSON.stringify(output)))
  }
  said.push(...driver.pass(lastAt + 24 * hourMs).map((output) => JSON.stringify(output)))
  return { said, results: driver.results() }
}

const ofOthers = (lines: readonly string[]): string[] => lines.filter((line) => /demo\/car-/.test(line)).sort()
const rowsOf = <Row>(results: ReadonlyMap<string, object>, topic: string, vehicle: string): Row[] =>
  [...results]
    .filter(([id, row]) => id.startsWith(`${topic} `) && (row as Trip).vehicle === vehicle)
    .map(([, row]) => row as Row)

test('of the others everything is said as if the wild clocks were not there, byte for byte', () => {
  const alone = play(others)
  const together = play([...others, ...wild])
  assert.deepEqual(ofOthers(together.said), ofOthers(alone.said))
  for (const topic of ['trip', 'track', 'twin', 'alert', 'ledger'])
    assert.ok(
      ofOthers(alone.said).some((line) => line.startsWith(`{"topic":"${topic}"`)),
      `nothing of topic ${topic} was said`,
    )
})

test('cars with wrong clocks have what is theirs, under their own time, and it is told', () => {
  const { results } = play([...others, ...wild])
  const tripOf = (vehicle: string): Trip => {
    const [trip, ...more] = rowsOf<Trip>(results, 'trip', vehicle)
    assert.deepEqual(more, [])
    return trip!
  }
  const clockOf = (vehicle: string) => rowsOf<Twin>(results, 'twin', vehicle)[0]!.carClock!.state
  const ahead = tripOf('ahead')
  assert.deepEqual([ahead.startAt, ahead.clockDoubt], [startAt + 20 * hourMs, 'ahead'])
  assert.equal(rowsOf<Alert>(results, 'alert', 'ahead')[0]!.clockDoubt, 'ahead')
  const behind = tripOf('behind')
  assert.deepEqual(
    [behind.startAt, behind.clockDoubt, behind.status],
    [startAt - 20 * 365 * 24 * hourMs, null, 'ended'],
  )
  const jumps = tripOf('jumps')
  assert.deepEqual([jumps.startAt, jumps.clockDoubt, jumps.samples], [startAt, null, 96 - 8])
  assert.deepEqual(['ahead', 'jumps', 'car-1'].map(clockOf), ['ahead', 'jumps', 'right'])
  assert.equal(rowsOf<LedgerEntry>(results, 'ledger', 'jumps')[0]!.clock, 8)
})

test('a second replay after an idle hour finds nothing late, and its trips are those of the first one gone on', () => {
  const recordedAt = startAt - 300 * 24 * hourMs
  const replay = (from: number, minutes: number, playedAt: number, boot: string): StoredRecord[] =>
    Array.from({ length: 5 }, (_, car) => {
      const heardAt = (at: number): number => playedAt + (at - recordedAt - from) / 60
      return drive({ car: `recording-${car}`, startAt: recordedAt + from, minutes, heardAt, boot })
    }).flat()
  const first = replay(0, 30, startAt, 'aa')
  const second = replay(30 * 60_000, 30, startAt + hourMs, 'bb')
  const { results } = play([...first, ...second])
  for (let car = 0; car < 5; car += 1) {
    const entry = rowsOf<LedgerEntry>(results, 'ledger', `recording-${car}`)[0]!
    assert.deepEqual([entry.stored, entry.late], [720, 0])
    const [trip, ...more] = rowsOf<Trip>(results, 'trip', `recording-${car}`)
    assert.deepEqual([trip!.startAt, trip!.durationMs, more], [recordedAt, 60 * 60_000 - stepMs, []])
  }
})
