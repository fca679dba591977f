// The contract's types as JSON Schema: what OpenAPI documents and requests are checked against. The compiler holds each against its type in contract.ts
// (`AsDocumented`), so that the two cannot drift apart.
import assert from 'node:assert/strict'
import { Type, type Static, type TSchema } from 'typebox'
import { codeDirections, codedPackets } from '../model/reason-code-count.ts'
import { alertStatuses } from '../model/read-models.ts'
import { uplinkStreams } from '../model/topic.ts'
import { bridgeSchema, publishersSchema } from './bridge-schemas.ts'
import { clientSessionDetailSchema, clientSessionSchema, disconnectionSchema } from './client-session-schemas.ts'
import { anomalySchema, anomalySum } from './anomaly-schemas.ts'
import { aheadSchema, clockDoubtSchema, clockSchema } from './clock-schemas.ts'
import { passwordLimits } from './session/password.ts'
import { closed, count, instant, nullable, place, share, vehicleId } from './schema-parts.ts'
import { signalSeriesSchema } from './series-schema.ts'
import { signalCatalogueSchema } from './signal-schema.ts'
import { vehicleDetailSchema, vehicleRowSchema } from './vehicle-schemas.ts'

export const rowId = Type.String({ minLength: 1, maxLength: 200, description: 'An id as a list gave it.' })

export const problemSchema = Type.Object(
  {
    type: Type.String({ description: 'The kind of problem, e.g. /problems/not-found.' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What was wrong and what to do about it.' }),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }, closed))),
  },
  { $id: 'Problem', description: 'RFC 9457' },
)

export const tripSchema = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    id: Type.String(),
    startAt: instant('By the car’s clock, or the one that `clock` names.'),
    endAt: instant('By the same clock.'),
    status: Type.Enum(['open', 'ended']),
    endedBy: nullable(Type.Enum(['ignition', 'silence'])),
    start: nullable(place),
    end: nullable(place),
    distanceM: Type.Number(),
    bridgedM: nullable(
      Type.Number({
        description:
          'What of it was driven in silences of more than 300 s, by the odometer or the straight line; null where nobody knows how far, which then is no part of distanceM.',
      }),
    ),
    bridgedMs: nullable(Type.Number({ description: 'How long these silences were; null where it was not noted.' })),
    unheardM: nullable(
      Type.Number({
        description:
          'Metres driven just before the first sample or just after the last, in a silence that the trip began or ended in, by the odometer; no part of the distance. Null where it is not known.',
      }),
    ),
    durationMs: Type.Number(),
    idleMs: nullable(Type.Number({ description: 'Engine on, not moving; null where speeds were told for less than 90 % of the trip.' })),
    maxSpeedKmh: nullable(Type.Number({ description: 'Of the speeds told; null where there was none.' })),
    speedCovered: nullable(
      share('The share of the trip between speeds told at most 15 s apart, which idleMs and maxSpeedKmh are known of.'),
    ),
    fuelL: nullable(Type.Number({ description: 'Null where it is not known, never 0: too little was read, or nothing but the same.' })),
    fuelFrom: nullable(
      Type.Enum(['counter', 'rate', 'tank'], {
        description: 'What fuelL is known from: the engine’s counter, the integral of its rate, the level of the tank.',
      }),
    ),
    fuelCovered: nullable(share('The share of the trip that was read for fuelL.')),
    energyKwh: nullable(
      Type.Number({ description: 'Out of the battery; less than 0 where more came back. Null where it is not known, as with fuel.' }),
    ),
    energyFrom: nullable(
      Type.Enum(['counter', 'power', 'charge'], {
        description: 'What energyKwh is known from: the battery’s counter, the integral of its power, its state of charge and capacity.',
      }),
    ),
    energyCovered: nullable(share('The share of the trip that was read for energyKwh.')),
    energyDoubt: nullable(
      Type.Enum(['against-charge'], {
        description: 'Why energy that was read is not told: it went the other way than the state of charge.',
      }),
    ),
    samples: count(),
    thinned: nullable(count()),
    receivedAt: nullable(instant('The newest receipt of its samples, by our clock; null where it is not known.')),
    clock: nullable(clockSchema('Whose clock its times are of, by the sample that says least; null where the car measured all.')),
    clockDoubt: nullable(aheadSchema('An instant of it is ahead of its receipt: the clock is wrong.')),
  },
  { $id: 'Trip' },
)

export const alertSchema = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    id: Type.String(),
    kind: Type.Enum(['crash']),
    severity: Type.Enum(['critical', 'warning']),
    status: Type.Enum([...alertStatuses], {
      description: 'Told as possible at once; confirmed or withdrawn under the same id when more is known. The evidence has the reason.',
    }),
    at: instant(
      'When it happened, by the car’s clock or the one that `clock` names; when it was received, where `clockDoubt` is not null.',
    ),
    place: nullable(place),
    evidence: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'What it was concluded from.',
    }),
    receivedAt: nullable(instant('When its first evidence was received, by our clock; null where it is not known.')),
    clock: nullable(clockSchema('Whose clock the instant is of; null where the car measured then.')),
    clockDoubt: nullable(clockDoubtSchema),
  },
  { $id: 'Alert' },
)

const ledgerCounts = {
  stream: Type.String(),
  sent: count('By the cars’ own counting.'),
  received: count('Records in the log, duplicates and refused ones included.'),
  stored: count('Distinct messages, those under one number among them.'),
  duplicate: count(),
  late: count(),
  refused: count(),
  missing: count(),
  clock: nullable(
    count('Distinct messages whose instant is marked, as it is ahead of its receipt, or was put aside; null where it is not known.'),
  ),
  reused: nullable(count('Messages under a number of their boot that another message has; null where it is not known.')),
  jumps: nullable(count('Numbers further above all others of their boot than a unit can have counted; null where it is not known.')),
}
export const ledgerEntrySchema = Type.Object(
  {
    tenant: Type.String(),
    vehicle: vehicleId,
    ...ledgerCounts,
    lastAt: instant('The newest instant, by the car’s clock; of a message without one that can be used, as of a dead letter, its receipt.'),
    lastReceivedAt: nullable(instant('The newest receipt, by our clock; null where it is not known.')),
  },
  { $id: 'LedgerEntry' },
)

export const trackSchema = Type.Object(
  {
    at: Type.Array(Type.Integer()),
    lat: Type.Array(nullable(Type.Number())),
    lon: Type.Array(nullable(Type.Number())),
    speedKmh: Type.Array(nullable(Type.Number())),
    truncated: Type.Boolean({ description: 'There are more points: ask again with "from" one more than the last "at".' }),
  },
  { $id: 'Track', description: 'Columns of equal length, ordered by time; null = no value.' },
)

export const rawMessageSchema = Type.Object(
  {
    id: Type.String(),
    stream: Type.String(),
    at: instant('By the car’s clock.'),
    receivedAt: instant('By our clock.'),
    body: Type.Unknown(),
  },
  { $id: 'RawMessage' },
)

const percentiles = nullable(Type.Object({ p50: Type.Number(), p99: Type.Number() }))
export const systemSchema = Type.Object(
  {
    version: Type.String(),
    startedAt: instant(''),
    vehicles: Type.Object({ known: count(), heardLastMinute: count(), connected: nullable(count('Null where no gateway reports it.')) }),
    rates: Type.Object(
      { received: Type.Number(), stored: Type.Number(), refused: Type.Number() },
      { description: 'Messages a second over the last ten seconds.' },
    ),
    latencyMs: Type.Object(
      { ack: percentiles, row: percentiles, live: percentiles },
      { description: 'Over the last minute; null until measured.' },
    ),
    lag: Type.Array(Type.Object({ consumer: Type.String(), topic: Type.String(), records: count() })),
    ledger: Type.Array(Type.Object(ledgerCounts)),
    anomalies: Type.Array(anomalySum, {
      description: 'What vehicles send that cannot be right, by kind; a kind that there is of no vehicle is not there.',
    }),
    damaged: nullable(
      Type.Array(
        Type.Object({
          topic: Type.String(),
          partition: count(),
          from: count('The first offset.'),
          to: count('One more than the last offset.'),
          records: nullable(count('Null where it cannot be told.')),
          foundAt: instant('When a reader first came upon it.'),
        }),
        {
          description: 'Records of the log that can no longer be read and are passed over, of all tenants; null where the log cannot tell.',
        },
      ),
    ),
    disconnects: Type.Array(Type.Object({ reason: Type.String(), count: count() }), {
      description: 'Why connections of clients ended, since the gateways started. Empty where no gateway reports it.',
    }),
    reasonCodes: Type.Array(
      Type.Object({
        packet: Type.Enum([...codedPackets]),
        direction: Type.Enum([...codeDirections], { description: 'By the gateway, or from clients.' }),
        code: Type.String({
          pattern: '^0x[0-9a-f]{2}$',
          description: 'As on the wire: of a 3.1.1 CONNACK its return code; 0x00 of a packet without one.',
        }),
        name: Type.String({ description: 'What the standard calls it.' }),
        isError: Type.Boolean(),
        meaning: nullable(Type.String({ description: 'What an error usually means and what to do about it, for a person.' })),
        count: count(),
      }),
      {
        description:
          'Reason codes of MQTT since the gateways started: those that have occurred, errors first, then the most frequent. Empty where no gateway reports them.',
      },
    ),
    memoryBytes: count(),
    bridge: bridgeSchema,
    publishers: publishersSchema,
  },
  { $id: 'SystemState' },
)

export const streetMapSchema = Type.Object(
  {
    attribution: Type.String(),
    bounds: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()], { description: 'West, south, east, north; degrees.' }),
    streets: Type.Array(
      Type.Object({
        class: Type.Enum(['motorway', 'primary', 'secondary', 'residential']),
        name: nullable(Type.String()),
        line: Type.Array(Type.Integer(), { description: 'Whole degrees × 1e5: first lon, lat, then differences.' }),
      }),
    ),
    areas: Type.Array(Type.Object({ class: Type.Enum(['water', 'park']), rings: Type.Array(Type.Array(Type.Integer())) })),
  },
  { $id: 'StreetMap' },
)

export const setupStateSchema = Type.Object(
  { needed: Type.Boolean({ description: 'The first administrator is still to be made.' }) },
  { $id: 'SetupState' },
)

const userName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^\\S(.*\\S)?$',
  description: 'A name has 1 to 64 characters and does not begin or end with a space.',
})
export const setupRequestSchema = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 200, description: 'The token of the setup link.' }),
    name: userName,
    password: Type.String({
      minLength: passwordLimits.charsMin,
      maxLength: passwordLimits.charsMax,
      description: `A password has at least ${passwordLimits.charsMin} characters and is not easy to guess: no common password, not the name of the account or of the product, no repeats, no rows of keys. Four words are easy to remember and hard to guess.`,
    }),
  },
  { ...closed, $id: 'SetupRequest' },
)
export const credentialsSchema = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: passwordLimits.charsMax }) },
  { ...closed, $id: 'Credentials' },
)
export const sessionSchema = Type.Object(
  { name: Type.String(), role: Type.Enum(['administrator', 'viewer']), tenant: Type.String() },
  { $id: 'SessionInfo' },
)

export const namedSchemas = [
  problemSchema,
  tripSchema,
  alertSchema,
  ledgerEntrySchema,
  anomalySchema,
  vehicleRowSchema,
  vehicleDetailSchema,
  signalCatalogueSchema,
  signalSeriesSchema,
  trackSchema,
  rawMessageSchema,
  systemSchema,
  streetMapSchema,
  setupStateSchema,
  setupRequestSchema,
  credentialsSchema,
  sessionSchema,
  clientSessionSchema,
  clientSessionDetailSchema,
  disconnectionSchema,
] as const

/** A reference to one of `namedSchemas`, as Fastify and its OpenAPI document resolve it. */
export function named(schema: TSchema) {
  const { $id } = schema as { readonly $id?: string }
  assert.ok($id !== undefined, 'only a schema with a name can be referred to')
  return Type.Unsafe<unknown>({ $ref: `${$id}#` })
}

export const listingOf = (schema: TSchema, more: Readonly<Record<string, TSchema>> = {}) =>
  Type.Object({
    rows: Type.Array(named(schema)),
    next: Type.Optional(Type.String({ description: 'Give it back as "after" for the next page; absent on the last.' })),
    ...more,
  })

/** The most rows a page has; more would hold up everyone else's requests. */
export const pageLimits = { rowsMax: 500, rowsUsual: 100 } as const
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: pageLimits.rowsMax,
      default: pageLimits.rowsUsual,
      description: `A page has at most ${pageLimits.rowsMax} rows; ask for the next with "after".`,
    }),
  ),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 2000, description: 'The "next" of the page before.' })),
}
export const query = <Properties extends Readonly<Record<string, TSchema>>>(properties: Properties) => Type.Object(properties, closed)
export const queryInstant = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15, description: `${description} Epoch milliseconds.` }))
export const queryStream = Type.Optional(Type.Enum([...uplinkStreams]))

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value
/** Whether a schema's type is exactly a contract's type, readonly apart. */
export type AsDocumented<Schema extends TSchema, Contract> = [Frozen<Static<Schema>>] extends [Frozen<Contract>]
  ? [Frozen<Contract>] extends [Frozen<Static<Schema>>]
    ? true
    : false
  : false
