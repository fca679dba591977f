// The clients of a gateway as operators see them: a session is what the gateway keeps for one
// client id, connected or away.

export const sessionStates = ['connected', 'away'] as const
export type SessionState = (typeof sessionStates)[number]

export const clientTransports = ['tcp', 'tls', 'ws', 'wss'] as const
export type ClientTransport = (typeof clientTransports)[number]

export type ClientSession = {
  readonly clientId: string
  /** The vehicle's id within its tenant; null when the client is none. */
  readonly vehicle: string | null
  readonly state: SessionState
  /** When it connected, to the second; of one that is away, since when. */
  readonly sinceAt: number
  /** Null while away, as the three that follow. */
  readonly version: '3.1.1' | '5' | null
  readonly transport: ClientTransport | null
  /** Where it connects from, with the port. Never in a log. */
  readonly address: string | null
  /** 0 means none. */
  readonly keepAliveS: number | null
  /** How long the session outlives its connection; 0 means not at all. */
  readonly expiryS: number
  /** When one that is away ends unless it comes back; null while connected. */
  readonly expiresAt: number | null
  readonly subscriptions: number
  /** QoS 1 and 2 messages that wait to be sent. */
  readonly queued: number
  /** Sent, and not yet acknowledged by the client. */
  readonly inflight: number
}

/** Which session; it is shown only under its tenant. */
export type SessionRef = { readonly tenant: string; readonly clientId: string }

export type DisconnectOrder = SessionRef & {
  /** Also drops the session, with its subscriptions and messages. */
  readonly endSession: boolean
  /** Who wants it, for the gateway's log. */
  readonly by: string
}

export type ClientSubscription = {
  readonly filter: string
  readonly qos: 0 | 1 | 2
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly subscriptionId: number | null
}

export type ClientSessionDetail = ClientSession & {
  readonly filters: readonly ClientSubscription[]
  /** Of what is queued and in flight. */
  readonly queuedBytes: number
  /** The message that is published when the connection is lost; of one that is away: `dueAt` is
   *  when its delay is over. Its payload is not shown. */
  readonly will: {
    readonly topic: string
    readonly qos: 0 | 1 | 2
    readonly retain: boolean
    readonly dueAt: number | null
  } | null
  /** Limits that the client said it has; null while away. */
  readonly limits: {
    /** Messages at QoS 1 and 2 at once, and no more than the gateway's own limit. */
    readonly receiveMaximum: number
    /** Null means any. */
    readonly packetBytes: number | null
    readonly topicAliases: number
  } | null
  /** Of this connection; null while away. */
  readonly traffic: {
    readonly messagesReceived: number
    readonly messagesSent: number
    /** Null where the transport does not count them. */
    readonly bytesReceived: number | null
    readonly bytesSent: number | null
    /** As exact as the sweep of deadlines, a second. */
    readonly heardAt: number
  } | null
}

export type SessionQuery = {
  /** Only sessions of this tenant. */
  readonly tenant: string
  /** Only this one. */
  readonly clientId?: string
  /** A part of the client id after the tenant, in any case. */
  readonly search?: string
  readonly state?: SessionState
  /** The `next` of the page before. */
  readonly after?: string
  /** At least 1; counts as `sessionPageRowsMax` when it is more. */
  readonly limit: number
}
export const sessionPageRowsMax = 500

/** In the order of client ids by code unit. */
export type SessionPage = {
  readonly rows: readonly ClientSession[]
  /** Absent on the last page. */
  readonly next?: string
  /** All that match but for `state`. */
  readonly total: Readonly<Record<SessionState, number>>
}

export type Disconnection = {
  readonly wasConnected: boolean
  readonly sessionEnded: boolean
  /** Queued or in flight when the session ended, and gone with it. */
  readonly messagesDropped: number
}
