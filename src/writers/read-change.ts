// Records of the log as changes of a store. A record that is not what its topic promises is refused
// here, whatever its bytes, so that a batch never fails for it.
import type { TObject } from 'typebox'
import { accepted, refused, type Result } from '../base/errors.ts'
import { positionKey, type StoredRecord } from '../eventlog/event-log.ts'
import { ageKey, rowKey, type AnyModel, type AnyRow, type ReadModel, type RowOf } from '../read-models/read-model.ts'
import { rowCheck } from '../read-models/row-check.ts'
import { twinOfToday } from '../read-models/rows-before.ts'
import { twinShape } from '../read-models/twins/twin-shape.ts'
import type { TwinPatch } from '../model/twin.ts'
import { parseVehicleKey, vehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import { entryOf } from '../raw-messages/logged-messages.ts'
import { messageJson, parseObject } from '../raw-messages/message-json.ts'
import type { MessageEntry } from '../storage/message-index.ts'
import type { MessageToKeep } from '../storage/message-store.ts'
import type { Change } from '../storage/projection.ts'

/** Why a record is not written to its store: a metric label. `refused-by-store`: the database
 *  cannot hold the row; `expired`: its retention is over already; the rest says what is wrong with
 *  the record. */
export type RowRefusal =
  | 'id'
  | 'key'
  | 'not-json'
  | 'shape'
  | 'another-vehicle'
  | 'too-deep'
  | 'expired'
  | 'refused-by-store'

export type ReadChange<Row> = (record: StoredRecord) => Result<Change<Row>, RowRefusal>

/** The id of a derived record: its header `id`. */
export const derivedId = (record: StoredRecord): string | undefined => record.headers?.['id']

/** As much of a read model as its records are read by. */
export type DerivedRows<Shape extends TObject> = Pick<ReadModel<Shape>, 'topic' | 'shape' | 'ofToday'>

/** Reads a derived record: the header `id` and a row, or no value, which forgets the id. */
export function readDerived<Shape extends TObject>({
  topic,
  shape,
  ofToday = (row) => row,
}: DerivedRows<Shape>): ReadChange<RowOf<Shape>> {
  const check = rowCheck(topic, shape)
  return (record) => {
    const id = derivedId(record)
    if (id === undefined || id === '' || id.includes('\0'))
      return refused('id', 'A derived record has the header "id".')
    if (record.value.byteLength === 0) return accepted({ id, row: null })
    const parsed = parseObject(record.value)
    if (!parsed.ok) return parsed
    const row = check(ofToday(parsed.value))
    if (!row.ok) return row
    // A job may write rows of the vehicle whose messages it read, and of no other.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every shape has tenant and vehicle
    return vehicleKey(row.value as unknown as VehicleRef) === record.key
      ? accepted({ id, row: row.value })
      : refused('another-vehicle', 'The row names another vehicle.')
  }
}

/** Leaves out rows that have had their time before `keptSince()`, as `expired`: one of which a late
 *  sample made a new version would come back otherwise. */
export function unlessExpired(read: ReadChange<AnyRow>, model: AnyModel, keptSince: () => number): ReadChange<AnyRow> {
  const age = rowKey(model, ageKey(model))
  return (record) => {
    const change = read(record)
    if (!change.ok || change.value.row === null || Number(age(change.value.row)) >= keptSince()) return change
    return refused('expired', 'The row has had its time.')
  }
}

/** Reads what a job tells of a twin. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the job alone knows what its values are
export const readTwin = readDerived({ topic: 'twin', shape: twinShape, ofToday: twinOfToday }) as ReadChange<TwinPatch>

/** Reads a record of an uplink topic as the document to keep; older ones than `keptSince()` are
 *  `expired`. */
export const readMessage =
  (keptSince: () => number): ReadChange<MessageToKeep> =>
  (record) => {
    if (record.receivedAt < keptSince()) return refused('expired', 'The document has had its time.')
    const ref = parseVehicleKey(record.key)
    if (!ref.ok) return refused('key', ref.detail)
    const json = messageJson(record.value)
    if (!json.ok) return json
    const { topic, partition, offset, at, receivedAt } = record
    if (!Number.isSafeInteger(at)) return refused('shape', 'The event time is not a whole number.')
    return accepted({
      id: `${positionKey(topic, partition)}/${offset}`,
      row: { ...ref.value, stream: topic, at, receivedAt, json: json.value },
    })
  }

/** Keys that are parsed once: each message has one, and a fleet few. */
const refsMax = 20_000

/** Reads a record of an uplink topic as an entry of the index; older ones than `keptSince()` are
 *  `expired`. */
export function readEntry(keptSince: () => number): ReadChange<MessageEntry> {
  const refs = new Map<string, ReturnType<typeof parseVehicleKey>>()
  const refOf = (key: string): ReturnType<typeof parseVehicleKey> => {
    const known = refs.get(key)
    if (known !== undefined) return known
    if (refs.size === refsMax) refs.clear()
    const ref = parseVehicleKey(key)
    refs.set(key, ref)
    return ref
  }
  return (record) => {
    if (record.receivedAt < keptSince()) return refused('expired', 'The message has had its time.')
    const ref = refOf(record.key)
    if (!ref.ok) return refused('key', ref.detail)
    if (!Number.isSafeInteger(record.at)) return refused('shape', 'The event time is not a whole number.')
    const { id, ...entry } = entryOf(record)
    return accepted({ id, row: { ...ref.value, ...entry } })
  }
}
