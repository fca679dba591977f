// The ledger against a count that has all records before it at once, sorted: whatever cars send, in
// any order, some of it twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import type { LedgerEntry } from '../../read-models/ledger/ledger.ts'
import { missingMax } from '../../model/seq.ts'
import type { LedgerKind } from './ledger-state.ts'
import { ledger } from './ledger.ts'
import { comparedPlace, payloadsOfNumberMax } from './payloads.ts'
import { unitsOverlapMs } from './units.ts'

const seed = Number(process.env['FC_SEED'] ?? 1)
const startAt = 1_700_000_000_000

type Sent = {
  readonly boot: string
  readonly seq: number
  readonly minute: number
  readonly speed: number
  readonly seat: string | null
  readonly stream: 'telemetry' | 'event'
  readonly wrong: 'refused' | 'unreadable' | 'ahead' | null
}

const sent: fc.Arbitrary<Sent> = fc.record({
  boot: fc.constantFrom('00000000000000aa', '00000000000000bb', '00000000000000cc'),
  seq: fc.oneof(
    { weight: 8, arbitrary: fc.nat(12) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        200,
        201,
        256,
        missingMax,
        missingMax + 1,
        missingMax + 14,
        2 * missingMax + 2,
        4_000_000_000,
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1) },
  ),
  minute: fc.nat(60),
  speed: fc.nat(2),
  seat: fc.constantFrom(null, null, 'range', 'type'),
  stream: fc.constantFrom('telemetry', 'telemetry', 'event'),
  wrong: fc.constantFrom(null, null, null, null, 'refused', 'unreadable', 'ahead'),
})

function recordOf({ boot, seq, minute, speed, seat, stream, wrong }: Sent): StoredRecord {
  const at = startAt + minute * 60_000
  const signals = { 'Vehicle.Speed': speed, ...(seat !== null && { 'Vehicle.Custom.Seat': { invalid: seat } }) }
  const [record] = recordsOf([{ boot, seq, samples: [{ at, signals }] }], 'demo/car-1', stream)
  assert.ok(record !== undefined)
  // Of the third boot all is received after what the others sent.
  const receivedAt = boot.endsWith('c') ? at + 100 * 60_000 : at
  if (wrong === null) return { ...record, receivedAt, appendedAt: receivedAt }
  if (wrong === 'ahead') return { ...record, receivedAt: at - 300_000, appendedAt: at - 300_000 }
  const value = Buffer.from(wrong === 'refused' ? JSON.stringify({ boot, seq, samples: 'none' }) : '{')
  return {
    ...record,
    topic: 'dead-letter',
    headers: { stream, reason: wrong === 'refused' ? 'shape' : 'not-json' },
    value,
  }
}

function resultsOf(records: readonly StoredRecord[], batch: number, reload: boolean): Map<string, object> {
  const driver = driveJobs([ledger], { reload })
  for (let from = 0; from < records.length; from += batch)
    driver.feed(records.slice(from, from + batch), startAt + from * 1000)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return new Map([...driver.results()].sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Counts = Pick<
  LedgerEntry,
  'sent' | 'received' | 'stored' | 'duplicate' | 'refused' | 'missing' | 'clock' | 'reused' | 'jumps'
>

/** The counts of a stream, from all that was sent on it. */
function countsOf(all: readonly Sent[]): Counts {
  const total = { counted: 0, stored: 0, reused: 0, jumps: 0, refused: 0, clock: 0 }
  const unreadable = all.filter(({ wrong }) => wrong === 'unreadable').length
  for (const ofBoot of Map.groupBy(all, ({ boot }) => boot).values()) {
    const readable = ofBoot.filter(({ wrong }) => wrong !== 'unreadable')
    const stored = Map.groupBy(
      readable.filter(({ wrong }) => wrong !== 'refused'),
      ({ seq }) => seq,
    )
    const seqs = [...new Set(readable.map(({ seq }) => seq))].sort((a, b) => a - b)
    for (const [index, seq] of seqs.entries()) {
      const step = seq - (seqs[index - 1] ?? -1)
      total.counted += step > missingMax + 1 ? 1 : step
      total.jumps += step > missingMax + 1 ? 1 : 0
      const messages = stored.get(seq)
      if (messages === undefined) total.refused += 1
    }
    for (const [seq, messages] of stored) {
      const payloads = new Set(messages.map((message) => Buffer.from(recordOf(message).value).toString()))
      total.stored += 1
      if (comparedPlace(seq) !== undefined) total.reused += Math.min(payloads.size, payloadsOfNumberMax) - 1
      if (messages.some(({ wrong }) => wrong === 'ahead')) total.clock += 1
    }
  }
  const holes = total.counted - total.stored - total.refused
  const stored = total.stored + total.reused
  const refused = total.refused + unreadable
  return {
    sent: total.counted + total.reused + Math.max(0, unreadable - holes),
    received: all.length,
    stored,
    duplicate: all.length - stored - refused,
    refused,
    missing: Math.max(0, holes - unreadable),
    clock: total.clock,
    reused: total.reused,
    jumps: total.jumps,
  }
}

const isGood = ({ wrong }: Sent): boolean => wrong === null || wrong === 'ahead'

/** The boots that overlap by what they measured: those that do by receipt as well, and of the
 *  others the later one. */
function overlapsIn(all: readonly Sent[]): { readonly sideBySide: number; readonly setBack: number } {
  const spans = [...Map.groupBy(all.filter(isGood), ({ boot }) => boot)].map(([boot, ofBoot]) => {
    const measured = ofBoot.filter(({ wrong }) => wrong !== 'ahead').map(({ minute }) => minute * 60_000)
    const received = ofBoot.map((message) => recordOf(message).receivedAt - startAt)
    return {
      boot,
      measured: [Math.min(...measured), Math.max(...measured)],
      received: [Math.min(...received), Math.max(...received)],
    }
  })
  const overlap = (a: readonly number[], b: readonly number[]): boolean =>
    Math.min(a[1]!, b[1]!) - Math.max(a[0]!, b[0]!) > unitsOverlapMs
  const sideBySide = new Set<string>()
  const setBack = new Set<string>()
  for (const one of spans)
    for (const other of spans) {
      if (one.boot <= other.boot || !overlap(one.measured, other.measured)) continue
      if (overlap(one.received, other.received)) sideBySide.add(one.boot).add(other.boot)
      else setBack.add(other.received[0]! > one.received[0]! ? other.boot : one.boot)
    }
  return { sideBySide: sideBySide.size, setBack: setBack.size }
}

/** Of each boot's telemetry the ten minutes that have a number above one that was measured ten
 *  minutes after them. */
function backsIn(all: readonly Sent[]): number {
  const measured = all.filter(({ wrong, seq, stream }) => wrong === null && seq <= missingMax && stream === 'telemetry')
  const tenOf = ({ minute }: Sent): number => Math.floor((startAt + minute * 60_000) / 600_000)
  const ofUnits = Map.groupBy(measured, ({ boot }) => boot)
  return [...ofUnits.values()].reduce((sum, ofUnit) => {
    const backs = ofUnit.filter((one) => ofUnit.some((later) => tenOf(later) >= tenOf(one) + 2 && later.seq < one.seq))
    return sum + new Set(backs.map(tenOf)).size
  }, 0)
}

test(`counts and anomalies are those of the set of records, in any order and batches, some twice (seed ${seed})`, () => {
  const met: Record<LedgerKind, number> = { refused: 0, invalid: 0, units: 0, reused: 0, number: 0, clock: 0 }
  fc.assert(
    fc.property(
      fc
        .array(sent, { minLength: 1, maxLength: 40, size: 'max' })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      ([all, shuffled], batch, reload) => {
        const twice = [...all, ...all.slice(0, 5)]
        const results = resultsOf(twice.map(recordOf), batch, false)
        assert.deepEqual(resultsOf([...all.slice(0, 5), ...shuffled].map(recordOf), 10 - batch, reload), results)
        for (const [stream, ofStream] of Map.groupBy(twice, (each) => each.stream)) {
          const {
            tenant,
            vehicle,
            stream: named,
            late,
            lastAt,
            lastReceivedAt,
            ...counts
          } = results.get(`ledger demo/car-1/${stream}`) as LedgerEntry
          assert.deepEqual([tenant, vehicle, named, late], ['demo', 'car-1', stream, 0])
          assert.ok(lastAt >= startAt && lastReceivedAt !== null)
          assert.deepEqual(counts, countsOf(ofStream))
          assert.equal(counts.received, counts.stored + counts.duplicate + counts.refused)
          assert.equal(counts.sent, counts.stored + counts.refused + counts.missing)
        }
        const anomaly = (kind: LedgerKind): number =>
          (results.get(`anomaly demo/car-1/${kind}`) as Anomaly | undefined)?.count ?? 0
        const streams = [...Map.groupBy(twice, (each) => each.stream).values()].map(countsOf)
        const sum = (of: (counts: Counts) => number | null): number =>
          streams.reduce((total, counts) => total + (of(counts) ?? 0), 0)
        const isRefused = ({ wrong }: Sent): boolean => wrong === 'refused' || wrong === 'unreadable'
        const wanted: Record<LedgerKind, number> = {
          refused: twice.filter(isRefused).length,
          invalid: twice.filter((each) => !isRefused(each) && each.seat !== null).length,
          units: overlapsIn(twice).sideBySide,
          reused: sum(({ reused }) => reused),
          number: sum(({ jumps }) => jumps),
          clock: twice.filter(({ wrong }) => wrong === 'ahead').length + backsIn(twice) + overlapsIn(twice).setBack,
        }
        for (const kind of Object.keys(wanted) as LedgerKind[]) {
          assert.equal(anomaly(kind), wanted[kind], kind)
          met[kind] += wanted[kind]
        }
      },
    ),
    { numRuns: 200, seed, endOnFailure: true },
  )
  for (const [kind, count] of Object.entries(met)) assert.ok(count > 20, `${kind} was met ${count} times`)
})
