// The contract of the API and the dashboard: types only, imported by both. Paths are under /api/v1.
// Every error is application/problem+json (RFC 9457) of the shape `Problem`. Instants are epoch
// milliseconds; lists are keyset-paged.
import type { ClientSession, ClientSessionDetail, Disconnection, SessionState } from '../model/client-session.ts'
import type { CarClock } from '../model/car-clock.ts'
import type { Anomaly } from '../read-models/anomalies/anomalies.ts'
import type { AnomalyKind, AnomalyPart } from '../model/anomaly.ts'
import type { VehicleFacts } from '../model/vehicle-kind.ts'
import type { SampleClock } from '../model/message.ts'
import type { PublisherReport } from '../model/publisher-report.ts'
import type { DiskRoom, RoomReport, StoreRoom } from '../model/room-report.ts'
import type { Alert } from '../read-models/alerts/alerts.ts'
import type { ModelRow } from '../read-models/read-model.ts'
import type { ReadModelName, ReadModels } from '../read-models/read-models.ts'
import type { LedgerEntry } from '../read-models/ledger/ledger.ts'
import type { Place } from '../model/place.ts'
import type { TripSum } from '../read-models/trips/trip-sums.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import type { Twin, TwinValue } from '../model/twin.ts'
import type { Grant } from '../rights/grant.ts'
import type { Permission } from '../rights/permissions.ts'
import type { AnomalySum } from '../read-models/anomalies/anomalies.ts'
import type { VssSignal } from '../model/vss.ts'
import type { DoubtReason } from '../model/value-doubt.ts'
import type { CountedReason } from '../model/reason-code-words.ts'

export type { Anomaly, AnomalyKind, AnomalyPart, AnomalySum }
export type { Alert, CarClock, DoubtReason, LedgerEntry, Place, SampleClock, Trip, TripSum, TwinValue }
export type { CountedReason }
export type { DiskRoom, PublisherReport, RoomReport, StoreRoom, VehicleFacts }
export type { Grant, Permission, ReadModelName }
export type { MadeToken, ProgramInfo, ProgramRequest, ProgramTokenInfo, TokenRequest } from './contract/programs.ts'
export type { ClientSession, ClientSessionDetail, Disconnection, SessionState }

export type { AuditRow, AuditVerification, DisclosureRow } from './contract/audit.ts'
export type { MadeShare, SharedVehicle, ShareInfo, ShareRequest } from './contract/shares.ts'
export type {
  AssignmentView,
  BulkEdit,
  BulkEditResult,
  CustomRoles,
  GroupView,
  RegistryEdit,
  RegistryImport,
  RegistryPatch,
  RegistryView,
  RoleView,
  VehicleAssignments,
  VehicleGroups,
} from './contract/registry.ts'
export type * from './contract/people.ts'

export type Problem = {
  /** Names the kind of problem, e.g. `/problems/not-found`. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** The fault and its remedy, for a person. */
  readonly detail: string
  /** The parameters or fields at fault. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

export type Listing<Row> = {
  readonly rows: readonly Row[]
  /** Give it back as `after`; absent on the last page. */ readonly next?: string
}

/** A row of the list that a read model has. */
export type ListedRow<Name extends ReadModelName> = ModelRow<ReadModels[Name]>

/** GET /setup → is the first administrator still to be made? POST /setup SetupRequest → 201
 *  SessionInfo and a session cookie. */
export type SetupState = { readonly needed: boolean }
export type SetupRequest = { readonly token: string; readonly name: string; readonly password: string }
/** POST /session Credentials → SessionInfo and a cookie; GET /session → SessionInfo or 401; DELETE
 *  /session → 204. */
export type Credentials = { readonly name: string; readonly password: string }
export type SessionInfo = {
  readonly name: string
  readonly tenant: string
  /** Names of roles, over whatever vehicles. */
  readonly roles: readonly string[]
  /** All that the roles allow, with a vehicle or more. */
  readonly permissions: readonly Permission[]
  /** False where an identity provider alone lets the person in. */
  readonly hasPassword: boolean
}

/** GET /session/identity-provider → how people call the one where they can sign in; null: none.
 *  …/start?back sends the browser there, …/return takes it back: to `back`, or to
 *  /login?elsewhere=ElsewhereFault. */
export type IdentityProviderState = { readonly name: string | null }
export type ElsewhereFault = 'none' | 'unavailable' | 'refused' | 'expired' | 'no-role'

/** GET /vehicles?search&powertrain&state=moving|parked|silent&sort=vehicle|receivedAt&limit&after →
 *  VehicleListing, by vehicle id or last heard first. Whether a vehicle moves or is silent goes by
 *  `receivedAt`, our clock; `at` is its own. */
export type VehicleRow = VehicleTimes &
  VehicleFacts & {
    readonly vehicle: string
    /** As people call it, by the registry; null where nobody said. */
    readonly name: string | null
    readonly plate: string | null
    readonly powertrain: 'COMBUSTION' | 'HYBRID' | 'ELECTRIC' | null
    /** By its last value; null as well where that is doubted or its instant is marked, as it is
     *  then not that of now. */
    readonly speedKmh: number | null
    /** Null as well where it is doubted. */
    readonly place: Place | null
    /** Fuel or charge, whichever the car has. Percent. */
    readonly energyPercent: number | null
  }
export type VehicleTimes = Pick<Twin, 'at' | 'receivedAt' | 'carClock'>
export type VehicleListing = Listing<VehicleRow> & { /** All that match the filter. */ readonly total: number }

/** GET /vehicles/{vehicle}: the twin, signals in catalogue order then by path. */
export type VehicleDetail = VehicleTimes &
  VehicleFacts & { readonly vehicle: string; readonly signals: readonly VehicleSignal[] }
export type VehicleSignal = TwinValue & {
  readonly path: string
  readonly unit: string | null
  readonly group: string
  /** Where the overlay that adds it has one. */
  readonly description?: string
}

/** GET /signals: the catalogue, in the order in which a vehicle's signals are told. Its bounds are
 *  in its unit. */
export type SignalCatalogue = {
  readonly signals: readonly (Omit<VssSignal, 'datatype'> & { readonly datatype: string })[]
}

/** GET /vehicles/{vehicle}/track?from&to, GET /trips/{id}/track: columns of equal length ordered by
 *  time; null = no value. */
export type TrackColumns = {
  readonly at: readonly number[]
  readonly lat: readonly (number | null)[]
  readonly lon: readonly (number | null)[]
  readonly speedKmh: readonly (number | null)[]
  /** More points than one answer holds: ask again with `from` one more than the last `at` (both
   *  tracks take `from`). */
  readonly truncated: boolean
}

/** GET /vehicles/{vehicle}/signals/{path}/series?from&to: what the kept messages say of a signal,
 *  as numbers. Columns of equal length ordered by time; a week and an hour at most. */
export type SignalSeries = {
  readonly path: string
  readonly unit: string | null
  readonly from: number
  readonly to: number
  /** Instants of samples. */
  readonly at: readonly number[]
  /** Null breaks the line: what was said then is no number, or the vehicle was silent from then on
   *  for more than 300 s. */
  readonly value: readonly (number | null)[]
  /** Of the values of which something is doubtful, what it is; `index` is their place in the
   *  columns. */
  readonly marks: readonly { readonly index: number; readonly doubt?: DoubtReason; readonly clockDoubt?: 'ahead' }[]
  /** By the value whose instant says least of the measurement; null where the car measured all
   *  then. */
  readonly clock: SampleClock | null
  /** How often a number, that there is none, something invalid, and something else that is no
   *  number; the same told twice counts once. */
  readonly said: {
    readonly values: number
    readonly unavailable: number
    readonly invalid: number
    readonly other: number
  }
  /** Of each stretch of so many milliseconds the first, last, least and greatest value are given;
   *  null: all are. */
  readonly thinnedMs: number | null
  /** Not all messages received before this were looked at; null: all were that are kept. */
  readonly unreadBefore: number | null
}

/** GET /vehicles/{vehicle}/messages?stream&limit&after → Listing<RawMessage>, newest first. */
export type RawMessage = {
  readonly id: string
  readonly stream: string
  readonly at: number
  readonly receivedAt: number
  readonly body: unknown
}

/** GET /trips?vehicle&from&to&limit&after → Listing<Trip>, newest start first, though none later
 *  than it was last heard. GET /trips/{id} → Trip.
 *  GET /trips/sums?vehicle&from&to&limit&after → Listing<TripSum>, by vehicle.
 *  GET /alerts?vehicle&kind&limit&after → Listing<Alert>, last heard first. GET /alerts/{id} →
 *  Alert.
 *  GET /ledger?vehicle&troubled&limit&after → Listing<LedgerEntry>.
 *  GET /anomalies?vehicle&kind&limit&after → Listing<Anomaly>, last heard first. */

/** The MQTT sessions that gateways keep for clients; not those of people, which are /session.
 *  GET /sessions?vehicle&search&state=connected|away&limit&after → ClientSessionListing, by client
 *  id.
 *  GET /sessions/{tenant}/{client} → ClientSessionDetail. For administrators: DELETE
 *  /sessions/{tenant}/{client}/connection → Disconnection closes the connection, DELETE
 *  /sessions/{tenant}/{client} → Disconnection ends the session as well. 503 `gateway-unreachable`
 *  when no gateway answers. */
export type ClientSessionListing = Listing<ClientSession> & {
  /** All that match the filter, whatever their state. */ readonly total: Readonly<Record<SessionState, number>>
}

/** GET /system. */
export type SystemState = {
  readonly version: string
  readonly startedAt: number
  readonly vehicles: { readonly known: number; readonly heardLastMinute: number; readonly connected: number | null }
  /** Messages a second over the last ten seconds. */
  readonly rates: { readonly received: number; readonly stored: number; readonly refused: number }
  /** Milliseconds over the last minute: from the log's append to the row, and to the live feed; and
   *  the gateway's from PUBLISH to PUBACK. Null until measured. */
  readonly latencyMs: {
    readonly ack: Percentiles | null
    readonly row: Percentiles | null
    readonly live: Percentiles | null
  }
  /** Records not yet read, by consumer and topic; as many as it gathers it leaves on purpose. */
  readonly lag: readonly {
    readonly consumer: string
    readonly topic: string
    readonly records: number
    readonly gathers: number
  }[]
  readonly ledger: readonly StreamTotals[]
  /** Anomalies of vehicles by kind; a kind that there is of no vehicle is not there. */
  readonly anomalies: readonly AnomalySum[]
  /** Records of the log that can no longer be read and are passed over, of all tenants; null where
   *  the log cannot tell. */
  readonly damaged: readonly DamagedRange[] | null
  /** Why connections of clients ended, since the gateways started, the most frequent first. Empty
   *  where no gateway reports it. */
  readonly disconnects: readonly { readonly reason: string; readonly count: number }[]
  /** Reason codes of MQTT since the gateways started: those that have occurred, errors first, then
   *  the most frequent. Empty where no gateway reports them. */
  readonly reasonCodes: readonly CountedReason[]
  readonly memoryBytes: number
  /** How many of its connections to another broker have their subscription, and what keeps the
   *  others from it; null where cars connect to us. */
  readonly bridge: {
    readonly broker: string
    readonly connections: number
    readonly subscribed: number
    readonly trouble: string | null
  } | null
  /** The fate of the messages of publishers with forms of their own, by mapping, since the jobs'
   *  process started; null where it does not answer. */
  readonly publishers: readonly PublisherReport[] | null
  /** All that is stored, of all tenants, what a day adds to it, and when the disk is full; null
   *  where that is not known. */
  readonly room: RoomReport | null
}
/** Offsets [from, to) of a partition of the log. */
export type DamagedRange = {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  /** How many records were there; null where that cannot be told, as offsets need not be dense. */
  readonly records: number | null
  /** When a reader first came upon it, by our clock. */
  readonly foundAt: number
}
export type Percentiles = { readonly p50: number; readonly p99: number }
export type StreamTotals = Pick<
  LedgerEntry,
  | 'stream'
  | 'sent'
  | 'received'
  | 'stored'
  | 'duplicate'
  | 'late'
  | 'refused'
  | 'missing'
  | 'clock'
  | 'reused'
  | 'jumps'
>

/** GET /map/streets.json (static, long-lived cache): the drivable streets, for drawing. ©
 *  OpenStreetMap contributors, ODbL. */
export type StreetMap = {
  readonly attribution: string
  /** west, south, east, north; degrees. */
  readonly bounds: readonly [number, number, number, number]
  /** Lines are flat arrays of whole degrees × 1e5: first lon, lat, then differences. */
  readonly streets: readonly {
    readonly class: StreetClass
    readonly name: string | null
    readonly line: readonly number[]
  }[]
  /** Rings in the same form. */
  readonly areas: readonly { readonly class: 'water' | 'park'; readonly rings: readonly (readonly number[])[] }[]
}
export type StreetClass = 'motorway' | 'primary' | 'secondary' | 'residential'

/** GET /live?feeds=positions,alert,trip → text/event-stream. `alert` and `trip` events carry an id
 *  and resume from Last-Event-ID: what was missed first, then live, nothing twice or lost; a resume
 *  point that is no longer kept gives `reset`. `positions` is conflated: only the newest of each
 *  car, at most four times a second. A reader that is too slow is dropped and may come back. */
export type LiveEvents = {
  positions: PositionsEvent
  alert: { readonly id: string; readonly alert: Alert | null }
  trip: { readonly id: string; readonly trip: Trip | null }
  /** The missed events are gone: load the lists again. */
  reset: { readonly reason: 'resume-point-lost' }
}

/** Columns of equal length. A vehicle is named once in each connection, then known by its number,
 *  until all begins anew. */
export type PositionsEvent = {
  /** From here on numbers are others, and vehicles that are not named again are no longer seen. */
  readonly anew?: true
  readonly names: readonly (readonly [number: number, vehicle: string])[]
  readonly number: readonly number[]
  /** When the place was measured, by the car's clock. */
  readonly at: readonly number[]
  /** When the car was last heard, by our clock; −1 = not known. */
  readonly receivedAt: readonly number[]
  /** Degrees × 1e6, whole. */
  readonly lat: readonly number[]
  readonly lon: readonly number[]
  /** Degrees clockwise from north, whole; −1 = not known. */
  readonly heading: readonly number[]
  /** km/h, whole; −1 = not known, or measured at an instant that is marked. */
  readonly speedKmh: readonly number[]
}
