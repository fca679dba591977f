// The options of the API, and the API itself. Everything it reads comes through ports and
// functions; it opens nothing but its own socket.
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { OutageReport } from '../base/placeless.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { Catalogue, CatalogueOf } from '../model/catalogue.ts'
import type {
  ClientSessionDetail,
  Disconnection,
  DisconnectOrder,
  SessionPage,
  SessionQuery,
  SessionRef,
} from '../model/client-session.ts'
import type { RoomReport } from '../model/room-report.ts'
import type { Vehicles } from '../model/vehicles.ts'
import type { HeldStore } from '../storage/projection.ts'
import type { Organisation } from '../rights/sight.ts'
import type { StoredOrganisation } from '../registry/organisation.ts'
import type { StorageToRead } from '../storage/storage.ts'
import type { DamagedRange, StreetMap, SystemState } from './contract.ts'
import type { LiveLimits } from './live/live-limits.ts'
import type { IdentityOptions } from './session/elsewhere.ts'
import type { PasswordCost } from './session/password.ts'

/** Reports of the other roles for the system page; the API adds what it knows itself. */
export type SystemParts = Pick<
  SystemState,
  'version' | 'startedAt' | 'rates' | 'lag' | 'disconnects' | 'reasonCodes' | 'memoryBytes' | 'bridge' | 'publishers'
> & {
  /** Vehicles connected to the gateways right now; null where no gateway answers, or it bridges. */
  readonly connected: number | null
  readonly latencyMs: Pick<SystemState['latencyMs'], 'ack' | 'row'>
}

/** The MQTT sessions of all gateways. Every call rejects with Outage ROLE_UNREACHABLE (retryable)
 *  when no gateway answers, and with Outage SESSIONS_ELSEWHERE when they bridge from another
 *  broker, which has the sessions. */
export type ClientSessions = {
  list(query: SessionQuery): Promise<SessionPage>
  /** Null when there is no such session of the tenant. */
  inspect(session: SessionRef): Promise<ClientSessionDetail | null>
  /** `by` is who wants it, for the gateway's log. Null when there is no such session of the
   *  tenant. */
  disconnect(order: DisconnectOrder): Promise<Disconnection | null>
}

export type ApiOptions = {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Host names, with or without a port, by which it may be called besides its address. On an
   *  address that is not loopback an empty list allows every name. */
  readonly names?: readonly string[]
  /** Where browsers reach it when that is not the listening address, e.g. `https://fleet.example`.
   *  With https the cookie is Secure. */
  readonly publicUrl?: string | undefined
  /** Other origins whose pages may call with a token; none when absent. */
  readonly origins?: readonly string[]
  /** Addresses of the proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[]
  readonly storage: StorageToRead
  /** The signals that are told of; those of VSS when absent. */
  readonly catalogue?: Catalogue
  /** The part of it that is told of a vehicle; all of it when absent. */
  readonly catalogueOf?: CatalogueOf
  /** Facts of vehicles; nothing when absent. */
  readonly vehicles?: Vehicles
  /** Instants further ahead of their receipt are marked. Milliseconds; as usual when absent. */
  readonly clockAheadMs?: number
  /** The log with the derived topics `twin`, `trip` and `alert`. */
  readonly derived: EventLog
  /** The log with the uplink topics, for /readyz, when it is another one. */
  readonly uplink?: EventLog
  /** The stores that rows wait for because they failed, and why, for /readyz; none when absent. */
  readonly held?: () => readonly HeldStore[]
  /** Why the logs store nothing now, for /readyz; none when absent. */
  readonly refusals?: () => Promise<readonly OutageReport[]>
  /** Asked once, when someone first wants the map. */
  readonly streetMap: () => Promise<StreetMap | Uint8Array>
  /** The built dashboard; absent or without index.html: a page says how to build it. */
  readonly dashboardDir?: string
  readonly system: () => Promise<SystemParts>
  /** Damage that is known of the log, by topic, partition and offset; absent where the log cannot
   *  tell. */
  readonly damage?: () => Promise<readonly DamagedRange[]>
  /** All that is stored, and what a day adds; null where that is not known. Absent: never. */
  readonly room?: () => Promise<RoomReport | null>
  readonly clientSessions: ClientSessions
  /** Where people can sign in as well; nowhere when absent. */
  readonly identity?: Omit<IdentityOptions, 'tenant'>
  /** Groups, assignments and roles of tenants, and how they are changed; those of the storage when
   *  absent, where nobody else writes to it. */
  readonly registered?: StoredOrganisation
  /** By which rights are answered; what is registered when absent. */
  readonly organisation?: Organisation
  /** The text for Prometheus, of all roles. */
  readonly metrics: () => Promise<string>
  /** With it, /metrics may be read from anywhere by `authorization: Bearer …`. */
  readonly metricsToken?: string
  /** The first administrator's tenant, and the one-time token of the setup link while there is
   *  none. */
  readonly setup: { readonly token?: string; readonly tenant: string }
  /** The secret that session cookies and cursors are signed with: 32 bytes, kept over restarts. */
  readonly sessionSecret: Uint8Array
  readonly clock: Clock
  readonly logger: Logger
  /** The API's own metrics are registered here. */
  readonly registry: Registry
  /** Closes the API when it aborts, like disposal. */
  readonly signal?: AbortSignal
  readonly liveLimits?: Partial<LiveLimits>
  readonly passwordCost?: PasswordCost
}

export interface Api extends AsyncDisposable {
  /** `http://host:port`, as to be printed. */
  readonly url: string
  readonly port: number
}
