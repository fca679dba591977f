// The contract's types as JSON Schema: what OpenAPI documents and requests are checked against. The
// compiler holds each against its type in contract.ts (`AsDocumented`), so that the two cannot
// drift apart.
import assert from 'node:assert/strict'
import { Type, type Static, type TSchema } from 'typebox'
import { codeDirections, codedPackets } from '../model/reason-code-count.ts'
import { uplinkStreams } from '../model/topic.ts'
import { auditRowSchema, auditVerificationSchema, disclosureSchema } from './audit/audit-schemas.ts'
import { bridgeSchema, publishersSchema } from './bridge-schemas.ts'
import { clientSessionDetailSchema, clientSessionSchema, disconnectionSchema } from './client-session-schemas.ts'
import { newPassword, userName } from './password-schema.ts'
import { passwordLimits } from './session/password.ts'
import { askedInstant, closed, count, instant, nullable } from '../read-models/schema-parts.ts'
import { anomalySum } from '../read-models/anomalies/anomalies.ts'
import { ledgerCounts } from '../read-models/ledger/ledger.ts'
import type { AnyModel, Frozen } from '../read-models/read-model.ts'
import { readModels } from '../read-models/read-models.ts'
import { tripSumShape } from '../read-models/trips/trip-sums.ts'
import { allPermissions } from '../rights/permissions.ts'
import { registrySchemas } from './registry-schemas.ts'
import * as people from './people/people-schemas.ts'
import { roomSchema } from './room-schemas.ts'
import { programSchemas } from './programs/program-schemas.ts'
import { signalSeriesSchema } from './series-schema.ts'
import { signalCatalogueSchema } from './signal-schema.ts'
import { madeShareSchema, sharedVehicleSchema, shareRequestSchema, shareSchema } from './shares/share-schemas.ts'
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

export const trackSchema = Type.Object(
  {
    at: Type.Array(instant('')),
    lat: Type.Array(nullable(Type.Number())),
    lon: Type.Array(nullable(Type.Number())),
    speedKmh: Type.Array(nullable(Type.Number())),
    truncated: Type.Boolean({
      description: 'There are more points: ask again with "from" one more than the last "at".',
    }),
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
    vehicles: Type.Object({
      known: count(),
      heardLastMinute: count(),
      connected: nullable(count('Null where no gateway reports it.')),
    }),
    rates: Type.Object(
      { received: Type.Number(), stored: Type.Number(), refused: Type.Number() },
      { description: 'Messages a second over the last ten seconds.' },
    ),
    latencyMs: Type.Object(
      { ack: percentiles, row: percentiles, live: percentiles },
      { description: 'Over the last minute; null until measured.' },
    ),
    lag: Type.Array(Type.Object({ consumer: Type.String(), topic: Type.String(), records: count(), gathers: count() })),
    ledger: Type.Array(Type.Object({ stream: Type.String(), ...ledgerCounts.properties })),
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
          description:
            'Records of the log that can no longer be read and are passed over, of all tenants; null where the log cannot tell.',
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
        meaning: nullable(
          Type.String({ description: 'What an error usually means and what to do about it, for a person.' }),
        ),
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
    room: roomSchema,
  },
  { $id: 'SystemState' },
)

export const streetMapSchema = Type.Object(
  {
    attribution: Type.String(),
    bounds: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()], {
      description: 'West, south, east, north; degrees.',
    }),
    streets: Type.Array(
      Type.Object({
        class: Type.Enum(['motorway', 'primary', 'secondary', 'residential']),
        name: nullable(Type.String()),
        line: Type.Array(Type.Integer(), { description: 'Whole degrees × 1e5: first lon, lat, then differences.' }),
      }),
    ),
    areas: Type.Array(
      Type.Object({ class: Type.Enum(['water', 'park']), rings: Type.Array(Type.Array(Type.Integer())) }),
    ),
  },
  { $id: 'StreetMap' },
)

export const setupStateSchema = Type.Object(
  { needed: Type.Boolean({ description: 'The first administrator is still to be made.' }) },
  { $id: 'SetupState' },
)

export const setupRequestSchema = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 200, description: 'The token of the setup link.' }),
    name: userName,
    password: newPassword,
  },
  { ...closed, $id: 'SetupRequest' },
)
export const credentialsSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: passwordLimits.charsMax }),
  },
  { ...closed, $id: 'Credentials' },
)
export const sessionSchema = Type.Object(
  {
    name: Type.String(),
    tenant: Type.String(),
    roles: Type.Array(Type.String(), { description: 'Over whatever vehicles.' }),
    permissions: Type.Array(Type.Enum([...allPermissions]), {
      description: 'What the roles allow, with a vehicle or more.',
    }),
    hasPassword: Type.Boolean({ description: 'False where an identity provider alone lets the person in.' }),
  },
  { $id: 'SessionInfo' },
)

export const identityProviderStateSchema = Type.Object(
  { name: nullable(Type.String({ description: 'How people call it; null where there is none.' })) },
  { $id: 'IdentityProviderState' },
)

export const namedSchemas = [
  identityProviderStateSchema,
  problemSchema,
  ...Object.values<AnyModel>(readModels).flatMap(({ routes, shape }) => (routes === undefined ? [] : [shape])),
  vehicleRowSchema,
  vehicleDetailSchema,
  signalCatalogueSchema,
  signalSeriesSchema,
  tripSumShape,
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
  auditRowSchema,
  auditVerificationSchema,
  disclosureSchema,
  shareSchema,
  madeShareSchema,
  shareRequestSchema,
  sharedVehicleSchema,
  ...registrySchemas,
  ...programSchemas,
  ...Object.values(people),
]

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
export const query = <Properties extends Readonly<Record<string, TSchema>>>(properties: Properties) =>
  Type.Object(properties, closed)
export const queryInstant = (description: string) => Type.Optional(askedInstant(description))
export const queryStream = Type.Optional(Type.Enum([...uplinkStreams]))

/** Whether a schema's type is exactly a contract's type, readonly apart. */
export type AsDocumented<Schema extends TSchema, Contract> = [Frozen<Static<Schema>>] extends [Frozen<Contract>]
  ? [Frozen<Contract>] extends [Frozen<Static<Schema>>]
    ? true
    : false
  : false
