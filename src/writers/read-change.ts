// Records of the log as changes of a store. A record that is not what its topic promises is refused here, whatever its bytes,
// so that a batch never fails for it. Rows are checked as far as a store or a reader of the API would stumble over them.
import { accepted, refused, type Result } from '../base/errors.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { clockDoubts, clockStates } from '../model/car-clock.ts'
import { positionKey, type DerivedTopic, type StoredRecord } from '../eventlog/event-log.ts'
import { anomalyKinds, type Anomaly } from '../model/anomaly.ts'
import { notANumber, parseJsonText } from '../model/lenient-json.ts'
import { sampleClocks } from '../model/message.ts'
import { alertStatuses, type Alert, type LedgerEntry, type Track, type Trip, type TwinPatch } from '../model/read-models.ts'
import { scanMessage } from '../model/scan-message.ts'
import { parseVehicleKey, vehicleKey } from '../model/vehicle-id.ts'
import type { MessageToKeep } from '../storage/message-store.ts'
import type { Change } from '../storage/projection.ts'
import { rowOfToday } from './rows-before.ts'
import type { RowRefusal } from './row-refusal.ts'

export type ReadChange<Row> = (record: StoredRecord) => Result<Change<Row>, RowRefusal>

/** Containers within containers; PostgreSQL's own bound depends on its stack. */
const depthMax = 64

type Kind =
  | 'text'
  | 'number'
  | 'instant'
  | 'number?'
  | 'instant?'
  | 'text?'
  | 'object'
  | 'object?'
  | 'list'
  | 'car clock?'
  | 'clock?'
  | 'mark?'
  | 'anomaly kind'
  | 'anomaly parts'
  | 'doubt?'
  | 'alert status'
type Fields = Readonly<Record<string, Kind>>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCarClock = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['boot'] === 'string' &&
  Number.isSafeInteger(value['offsetMs']) &&
  clockStates.some((state) => state === value['state'])

const isAnomalyPart = (value: unknown): boolean =>
  isObject(value) && typeof value['subject'] === 'string' && kinds['text?'](value['reason']) && Number.isSafeInteger(value['count'])

const kinds: { readonly [Name in Kind]: (value: unknown) => boolean } = {
  text: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  instant: (value) => Number.isSafeInteger(value),
  'number?': (value) => value === null || Number.isFinite(value),
  'instant?': (value) => value === null || Number.isSafeInteger(value),
  'text?': (value) => value === null || typeof value === 'string',
  object: isObject,
  'object?': (value) => value === null || isObject(value),
  list: (value) => Array.isArray(value),
  'car clock?': (value) => value === null || isCarClock(value),
  'clock?': (value) => value === null || sampleClocks.some((clock) => clock === value),
  'mark?': (value) => value === null || value === 'ahead',
  'anomaly kind': (value) => anomalyKinds.some((kind) => kind === value),
  'anomaly parts': (value) => Array.isArray(value) && value.every(isAnomalyPart),
  'doubt?': (value) => value === null || clockDoubts.some((doubt) => doubt === value),
  'alert status': (value) => alertStatuses.some((status) => status === value),
}

const vehicle = { tenant: 'text', vehicle: 'text' } as const
const fieldsOf: { readonly [Topic in DerivedTopic]: Fields } = {
  twin: { ...vehicle, at: 'instant', receivedAt: 'instant?', carClock: 'car clock?', signals: 'object' },
  track: { ...vehicle, minuteAt: 'instant', at: 'list', lat: 'list', lon: 'list', speedKmh: 'list' },
  trip: {
    ...vehicle,
    id: 'text',
    startAt: 'instant',
    endAt: 'instant',
    status: 'text',
    endedBy: 'text?',
    start: 'object?',
    end: 'object?',
    distanceM: 'number',
    bridgedM: 'number?',
    bridgedMs: 'number?',
    unheardM: 'number?',
    durationMs: 'number',
    idleMs: 'number?',
    maxSpeedKmh: 'number?',
    speedCovered: 'number?',
    fuelL: 'number?',
    fuelFrom: 'text?',
    fuelCovered: 'number?',
    energyKwh: 'number?',
    energyFrom: 'text?',
    energyCovered: 'number?',
    energyDoubt: 'text?',
    samples: 'instant',
    thinned: 'instant?',
    receivedAt: 'instant?',
    clock: 'clock?',
    clockDoubt: 'mark?',
  },
  alert: {
    ...vehicle,
    id: 'text',
    kind: 'text',
    severity: 'text',
    status: 'alert status',
    at: 'instant',
    place: 'object?',
    evidence: 'object',
    receivedAt: 'instant?',
    clock: 'clock?',
    clockDoubt: 'doubt?',
  },
  ledger: {
    ...vehicle,
    stream: 'text',
    sent: 'instant',
    received: 'instant',
    stored: 'instant',
    duplicate: 'instant',
    late: 'instant',
    refused: 'instant',
    missing: 'instant',
    clock: 'instant?',
    reused: 'instant?',
    jumps: 'instant?',
    lastAt: 'instant',
    lastReceivedAt: 'instant?',
  },
  anomaly: { ...vehicle, kind: 'anomaly kind', count: 'instant', parts: 'anomaly parts', lastReceivedAt: 'instant' },
}

/** What rows did not have that were derived before it was kept: it is not known of them. Alerts before they had a status were certain. */
const unknownBefore: { readonly [Topic in DerivedTopic]: Readonly<Record<string, string | null>> } = {
  twin: { receivedAt: null, carClock: null },
  track: {},
  trip: {
    receivedAt: null,
    clock: null,
    clockDoubt: null,
    fuelFrom: null,
    fuelCovered: null,
    energyFrom: null,
    energyCovered: null,
    bridgedM: null,
    bridgedMs: null,
    unheardM: null,
    speedCovered: null,
    energyDoubt: null,
    thinned: null,
  },
  alert: { receivedAt: null, clock: null, clockDoubt: null, status: 'confirmed' },
  ledger: { clock: null, lastReceivedAt: null, reused: null, jumps: null },
  anomaly: {},
}

type RowOf = { twin: TwinPatch; track: Track; trip: Trip; alert: Alert; ledger: LedgerEntry; anomaly: Anomaly }

/** The id of a derived record: its header `id`. */
export const derivedId = (record: StoredRecord): string | undefined => record.headers?.['id']

/** Reads a derived record: the header `id` and a row, or no value, which forgets the id. */
export function readDerived<Topic extends DerivedTopic>(topic: Topic): ReadChange<RowOf[Topic]> {
  const fields = Object.entries(fieldsOf[topic])
  return (record) => {
    const id = derivedId(record)
    if (id === undefined || id === '' || id.includes('\0')) return refused('id', 'A derived record has the header "id".')
    if (record.value.byteLength === 0) return accepted({ id, row: null })
    const parsed = parseJson(record.value)
    if (!parsed.ok) return parsed
    const row: Readonly<Record<string, unknown>> = { ...unknownBefore[topic], ...rowOfToday(topic, parsed.value) }
    const wrong = fields.find(([name, kind]) => !kinds[kind](row[name]))
    if (wrong !== undefined) return refused('shape', `"${wrong[0]}" of a ${topic} is not a ${wrong[1]}.`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked above, field by field
    const typed = row as RowOf[Topic]
    // A job may write rows of the vehicle whose messages it read, and of no other.
    return vehicleKey(typed) === record.key ? accepted({ id, row: typed }) : refused('another-vehicle', 'The row names another vehicle.')
  }
}

/** Reads a record of an uplink topic as the document to keep; older ones than `keptSince()` are `expired`. */
export const readMessage =
  (keptSince: () => number): ReadChange<MessageToKeep> =>
  (record) => {
    if (record.receivedAt < keptSince()) return refused('expired', 'The document has had its time.')
    const ref = parseVehicleKey(record.key)
    if (!ref.ok) return refused('key', ref.detail)
    const json = jsonOf(record.value)
    if (!json.ok) return json
    const { topic, partition, offset, at, receivedAt } = record
    if (!Number.isSafeInteger(at)) return refused('shape', 'The event time is not a whole number.')
    return accepted({
      id: `${positionKey(topic, partition)}/${offset}`,
      row: { ...ref.value, stream: topic, at, receivedAt, json: json.value },
    })
  }

/** Nearly every message is one that the scan knows: sound, in ASCII, and shallow. The others are written anew, so that a number or a name that PostgreSQL would take
 *  otherwise than JSON.parse is what JSON.parse makes of it. What is JSON only to the gateway is kept as the gateway reads it, and a number that JSON cannot hold
 *  as what it is as a value: null would say that there is none. */
function jsonOf(bytes: Uint8Array): Result<string, 'not-json' | 'shape' | 'too-deep'> {
  if (scanMessage(bytes) !== undefined) return accepted(decodeUtf8(bytes)!)
  const parsed = parseJson(bytes, parseJsonText)
  if (!parsed.ok) return parsed
  const isEndless = (part: unknown): boolean => typeof part === 'number' && !Number.isFinite(part)
  return accepted(JSON.stringify(parsed.value, (_, part: unknown) => (isEndless(part) ? notANumber : part)))
}

/** `parse` gives undefined for what is no JSON. */
function parseJson(
  bytes: Uint8Array,
  parse: (text: string) => unknown = parseStrictly,
): Result<Readonly<Record<string, unknown>>, 'not-json' | 'shape' | 'too-deep'> {
  const text = decodeUtf8(bytes)
  const parsed = text === undefined ? undefined : parse(text)
  if (parsed === undefined) return refused('not-json', 'The value is not JSON in UTF-8.')
  if (!isObject(parsed)) return refused('shape', 'The value is not a JSON object.')
  return isShallow(parsed, depthMax) ? accepted(parsed) : refused('too-deep', `The value is nested deeper than ${depthMax}.`)
}

function parseStrictly(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** All that a row holds passes here: its names are not copied. */
function isShallow(value: object, depth: number): boolean {
  if (depth === 0) return false
  for (const name in value) {
    const part = (value as Readonly<Record<string, unknown>>)[name]
    if (typeof part === 'object' && part !== null && !isShallow(part, depth - 1)) return false
  }
  return true
}
