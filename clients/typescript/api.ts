// Types of the Roadstream API. Written by scripts/write-client.ts from the OpenAPI document.

/** Epoch milliseconds, or RFC 3339 with an offset. */
export type Instant = number | string

export type AccessRequest = { readonly isAllowed: boolean }

export type AccountLinkInfo = { readonly tenant: string; readonly name: string | null; readonly label: string; readonly madeBy: string; readonly expiresAt: number }

export type AccountLinkToken = { readonly token: string }

export type AccountLinkUse = { readonly token: string; readonly password: string; readonly name?: string }

export type Alert = { readonly tenant: string; readonly vehicle: string; readonly id: string; readonly kind: "crash"; readonly severity: "critical" | "warning"; readonly status: "possible" | "confirmed" | "withdrawn"; readonly at: number; readonly place: { readonly lat: number; readonly lon: number } | null; readonly evidence: Readonly<Record<string, string | number | boolean>>; readonly receivedAt: number | null; readonly clock: "sent" | "server" | "received" | null; readonly clockDoubt: "ahead" | "behind" | "unset" | null }

export type Anomaly = { readonly tenant: string; readonly vehicle: string; readonly kind: "refused" | "invalid" | "doubted" | "units" | "reused" | "number" | "clock" | "excess"; readonly count: number; readonly parts: readonly ({ readonly subject: string; readonly reason: string | null; readonly count: number })[]; readonly lastReceivedAt: number }

export type AuditRow = { readonly seq: number; readonly hash: string; readonly at: number; readonly who: { readonly kind: "person" | "program" | "link" | "system" | "stranger"; readonly id: string; readonly name: string }; readonly action: "set-up" | "sign-in" | "sign-out" | "access" | "make" | "change" | "remove" | "invite" | "reset" | "provision" | "revoke" | "end" | "share" | "import" | "export" | "replay" | "forget" | "disclose-place" | "disclose-vin" | "prune"; readonly target: { readonly kind: string; readonly id: string }; readonly before: Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>> | null; readonly after: Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>> | null; readonly from: { readonly address: string | null; readonly agent: string | null }; readonly result: "done" | "refused" | "failed"; readonly reason: string | null }

export type AuditVerification = { readonly entries: number | null; readonly removedTo: number | null; readonly head: { readonly seq: number; readonly hash: string } | null; readonly broken: { readonly seq: number; readonly reason: string } | null }

export type BulkEdit = { readonly select: { readonly vehicles?: readonly (string)[]; readonly search?: string; readonly group?: string; readonly tag?: string; readonly archived?: boolean }; readonly edit: { readonly kind?: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly make?: string | null; readonly model?: string | null; readonly year?: number | null; readonly zone?: string | null; readonly hours?: readonly ({ readonly days: readonly (number)[]; readonly from: number; readonly to: number })[]; readonly tariff?: string | null; readonly addGroups?: readonly (string)[]; readonly removeGroups?: readonly (string)[]; readonly addTags?: readonly (string)[]; readonly removeTags?: readonly (string)[]; readonly archived?: boolean }; readonly dryRun: boolean }

export type BulkEditResult = { readonly isStored: boolean; readonly selected: number; readonly changed: number }

export type ClientSession = { readonly clientId: string; readonly vehicle: string | null; readonly state: "connected" | "away"; readonly sinceAt: number; readonly version: "3.1.1" | "5" | null; readonly transport: "tcp" | "tls" | "ws" | "wss" | null; readonly address: string | null; readonly keepAliveS: number | null; readonly expiryS: number; readonly expiresAt: number | null; readonly subscriptions: number; readonly queued: number; readonly inflight: number }

export type ClientSessionDetail = { readonly clientId: string; readonly vehicle: string | null; readonly state: "connected" | "away"; readonly sinceAt: number; readonly version: "3.1.1" | "5" | null; readonly transport: "tcp" | "tls" | "ws" | "wss" | null; readonly address: string | null; readonly keepAliveS: number | null; readonly expiryS: number; readonly expiresAt: number | null; readonly subscriptions: number; readonly queued: number; readonly inflight: number; readonly filters: readonly ({ readonly filter: string; readonly qos: 0 | 1 | 2; readonly noLocal: boolean; readonly retainAsPublished: boolean; readonly subscriptionId: number | null })[]; readonly queuedBytes: number; readonly will: { readonly topic: string; readonly qos: 0 | 1 | 2; readonly retain: boolean; readonly dueAt: number | null } | null; readonly limits: { readonly receiveMaximum: number; readonly packetBytes: number | null; readonly topicAliases: number } | null; readonly traffic: { readonly messagesReceived: number; readonly messagesSent: number; readonly bytesReceived: number | null; readonly bytesSent: number | null; readonly heardAt: number } | null }

export type Credentials = { readonly name: string; readonly password: string }

export type CustomRole = { readonly name: string; readonly may: readonly ("vehicles:read" | "places:read" | "trips:read" | "alerts:read" | "quality:read" | "messages:read" | "vins:read" | "vehicles:edit" | "drivers:assign" | "vehicles:provision" | "vehicles:forget" | "shares:make" | "exports:take" | "refused:read" | "refused:replay" | "clients:read" | "clients:end" | "system:read" | "metrics:read" | "people:manage" | "programs:manage" | "audit:read" | "tenants:manage")[] }

export type CustomRoles = { readonly rows: readonly ({ readonly name: string; readonly may: readonly ("vehicles:read" | "places:read" | "trips:read" | "alerts:read" | "quality:read" | "messages:read" | "vins:read" | "vehicles:edit" | "drivers:assign" | "vehicles:provision" | "vehicles:forget" | "shares:make" | "exports:take" | "refused:read" | "refused:replay" | "clients:read" | "clients:end" | "system:read" | "metrics:read" | "people:manage" | "programs:manage" | "audit:read" | "tenants:manage")[] })[] }

export type Disclosure = { readonly at: number; readonly who: { readonly kind: "person" | "program" | "link" | "system" | "stranger"; readonly name: string }; readonly what: "places" | "vin"; readonly of: "vehicle" | "fleet" }

export type Disconnection = { readonly wasConnected: boolean; readonly sessionEnded: boolean; readonly messagesDropped: number }

export type Grant = { readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number }

export type GrantsRequest = { readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[] }

export type IdentityProviderState = { readonly name: string | null }

export type InvitationList = { readonly rows: readonly ({ readonly id: string; readonly label: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly madeBy: string; readonly madeAt: number; readonly expiresAt: number })[] }

export type InvitationRequest = { readonly label: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly expiresAt?: number }

export type LedgerEntry = { readonly tenant: string; readonly vehicle: string; readonly stream: string; readonly sent: number; readonly received: number; readonly stored: number; readonly duplicate: number; readonly late: number; readonly refused: number; readonly missing: number; readonly clock: number | null; readonly reused: number | null; readonly jumps: number | null; readonly lastAt: number; readonly lastReceivedAt: number | null }

export type MadeAccountLink = { readonly id: string; readonly token: string; readonly expiresAt: number }

export type MadeShare = { readonly id: string; readonly vehicle: string; readonly withTrip: boolean; readonly from: number; readonly until: number; readonly madeAt: number; readonly madeBy: string; readonly usedAt: number | null; readonly token: string }

export type MadeToken = { readonly id: string; readonly name: string; readonly madeAt: number; readonly madeBy: string; readonly expiresAt: number; readonly usedAt: number | null; readonly secret: string }

export type PasswordRequest = { readonly old: string; readonly password: string }

export type Person = { readonly id: string; readonly name: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly hasPassword: boolean; readonly isElsewhere: boolean; readonly disabledAt: number | null }

export type Problem = { readonly type: string; readonly title: string; readonly status: number; readonly detail: string; readonly errors?: readonly ({ readonly field: string; readonly message: string })[] }

export type Program = { readonly id: string; readonly name: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly managesPeople: boolean; readonly madeAt: number; readonly madeBy: string; readonly tokens: readonly ({ readonly id: string; readonly name: string; readonly madeAt: number; readonly madeBy: string; readonly expiresAt: number; readonly usedAt: number | null })[] }

export type ProgramRequest = { readonly name: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly managesPeople?: boolean }

export type RawMessage = { readonly id: string; readonly stream: string; readonly at: number; readonly receivedAt: number; readonly body: unknown }

export type RegistryImport = { readonly isStored: boolean; readonly lines: number; readonly made: number; readonly changed: number; readonly same: number; readonly faulty: number; readonly faults: readonly ({ readonly line: number; readonly column: string; readonly message: string })[] }

export type RegistryPatch = { readonly version: number; readonly name?: string | null; readonly plate?: string | null; readonly make?: string | null; readonly model?: string | null; readonly year?: number | null; readonly kind?: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly vin?: string | null; readonly notes?: string | null; readonly groups?: readonly (string)[]; readonly tags?: readonly (string)[]; readonly attributes?: Readonly<Record<string, string>>; readonly tariff?: string | null; readonly zone?: string | null; readonly hours?: readonly ({ readonly days: readonly (number)[]; readonly from: number; readonly to: number })[]; readonly archived?: boolean }

export type RegistryView = { readonly vehicle: string; readonly version: number; readonly name: string | null; readonly plate: string | null; readonly make: string | null; readonly model: string | null; readonly year: number | null; readonly kind: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly vin: string | null; readonly notes: string | null; readonly groups: readonly (string)[]; readonly tags: readonly (string)[]; readonly attributes: Readonly<Record<string, string>>; readonly tariff: string | null; readonly zone: string | null; readonly hours: readonly ({ readonly days: readonly (number)[]; readonly from: number; readonly to: number })[]; readonly archivedAt: number; readonly isVinShown: boolean; readonly doubts: readonly ({ readonly field: string; readonly message: string })[] }

export type SessionInfo = { readonly name: string; readonly tenant: string; readonly roles: readonly (string)[]; readonly permissions: readonly ("vehicles:read" | "places:read" | "trips:read" | "alerts:read" | "quality:read" | "messages:read" | "vins:read" | "vehicles:edit" | "drivers:assign" | "vehicles:provision" | "vehicles:forget" | "shares:make" | "exports:take" | "refused:read" | "refused:replay" | "clients:read" | "clients:end" | "system:read" | "metrics:read" | "people:manage" | "programs:manage" | "audit:read" | "tenants:manage")[]; readonly hasPassword: boolean }

export type SetupRequest = { readonly token: string; readonly name: string; readonly password: string }

export type SetupState = { readonly needed: boolean }

export type Share = { readonly id: string; readonly vehicle: string; readonly withTrip: boolean; readonly from: number; readonly until: number; readonly madeAt: number; readonly madeBy: string; readonly usedAt: number | null }

export type ShareRequest = { readonly until: number; readonly withTrip?: boolean }

export type SharedVehicle = { readonly vehicle: string; readonly from: number; readonly until: number; readonly powertrain: "COMBUSTION" | "HYBRID" | "ELECTRIC" | null; readonly at: number | null; readonly receivedAt: number | null; readonly speedKmh: number | null; readonly place: { readonly lat: number; readonly lon: number } | null; readonly energyPercent: number | null; readonly trip: { readonly startAt: number; readonly distanceM: number } | null }

export type SignInList = { readonly rows: readonly ({ readonly id: string; readonly isThis: boolean; readonly browser: string; readonly address: string; readonly since: number; readonly usedAt: number; readonly expiresAt: number })[] }

export type SignalCatalogue = { readonly signals: readonly ({ readonly path: string; readonly type: "attribute" | "sensor" | "actuator"; readonly datatype: string; readonly unit?: string; readonly min?: number; readonly max?: number; readonly allowed?: readonly (string)[]; readonly description?: string; readonly group: string; readonly models?: readonly ({ readonly model: string; readonly version?: string })[] })[] }

export type SignalSeries = { readonly path: string; readonly unit: string | null; readonly from: number; readonly to: number; readonly at: readonly (number)[]; readonly value: readonly (number | null)[]; readonly marks: readonly ({ readonly index: number; readonly doubt?: "no-fix" | "null-island" | "zero" | "inaccurate" | "jump" | "frozen" | "drift" | "sentinel" | "impossible" | "fell" | "scale"; readonly clockDoubt?: "ahead" })[]; readonly clock: "sent" | "server" | "received" | null; readonly said: { readonly values: number; readonly unavailable: number; readonly invalid: number; readonly other: number }; readonly thinnedMs: number | null; readonly unreadBefore: number | null }

export type StreetMap = { readonly attribution: string; readonly bounds: readonly [number, number, number, number]; readonly streets: readonly ({ readonly class: "motorway" | "primary" | "secondary" | "residential"; readonly name: string | null; readonly line: readonly (number)[] })[]; readonly areas: readonly ({ readonly class: "water" | "park"; readonly rings: readonly (readonly (number)[])[] })[] }

export type SystemState = { readonly version: string; readonly startedAt: number; readonly vehicles: { readonly known: number; readonly heardLastMinute: number; readonly connected: number | null }; readonly rates: { readonly received: number; readonly stored: number; readonly refused: number }; readonly latencyMs: { readonly ack: { readonly p50: number; readonly p99: number } | null; readonly row: { readonly p50: number; readonly p99: number } | null; readonly live: { readonly p50: number; readonly p99: number } | null }; readonly lag: readonly ({ readonly consumer: string; readonly topic: string; readonly records: number; readonly gathers: number })[]; readonly ledger: readonly ({ readonly stream: string; readonly sent: number; readonly received: number; readonly stored: number; readonly duplicate: number; readonly late: number; readonly refused: number; readonly missing: number; readonly clock: number | null; readonly reused: number | null; readonly jumps: number | null })[]; readonly anomalies: readonly ({ readonly kind: "refused" | "invalid" | "doubted" | "units" | "reused" | "number" | "clock" | "excess"; readonly vehicles: number; readonly count: number; readonly newest: readonly ({ readonly vehicle: string; readonly count: number; readonly lastReceivedAt: number })[] })[]; readonly damaged: readonly ({ readonly topic: string; readonly partition: number; readonly from: number; readonly to: number; readonly records: number | null; readonly foundAt: number })[] | null; readonly disconnects: readonly ({ readonly reason: string; readonly count: number })[]; readonly reasonCodes: readonly ({ readonly packet: "connack" | "puback" | "pubrec" | "pubrel" | "pubcomp" | "suback" | "unsuback" | "disconnect"; readonly direction: "sent" | "received"; readonly code: string; readonly name: string; readonly isError: boolean; readonly meaning: string | null; readonly count: number })[]; readonly memoryBytes: number; readonly bridge: { readonly broker: string; readonly connections: number; readonly subscribed: number; readonly trouble: string | null } | null; readonly publishers: readonly ({ readonly mapping: string; readonly taken: number; readonly said: number; readonly refused: readonly ({ readonly reason: string; readonly count: number })[]; readonly unknown: readonly ({ readonly foreignId: string; readonly count: number })[]; readonly signals: readonly ({ readonly signal: string; readonly taken: number; readonly unknown: number; readonly invalid: number })[]; readonly unread: readonly (string)[]; readonly rebirths: { readonly asked: number; readonly unanswered: number } })[] | null; readonly room: { readonly measuredMs: number; readonly measuredMsLeast: number; readonly cars: number | null; readonly stores: readonly ({ readonly part: "log" | "derived" | "tables"; readonly kind: "topic" | "state" | "free" | "table" | "write-log"; readonly name: string; readonly bytes: number | null; readonly bytesPerDay: number | null; readonly bytesPerDayPerCar: number | null; readonly isSteady: boolean | null; readonly retention: { readonly keptMs: number | null; readonly bytesMax: number | null; readonly settings: readonly (string)[] }; readonly unknown: "measuring" | "kafka" | "no-answer" | null })[]; readonly disks: readonly ({ readonly holds: readonly ("log" | "derived" | "tables")[]; readonly freeBytes: number; readonly totalBytes: number; readonly fullAt: number | null; readonly why: "unknown" | "rests" | "years" | null; readonly bytesToCome: number | null })[]; readonly logs: readonly ({ readonly part: "log" | "derived"; readonly bytes: number; readonly bytesMax: number; readonly fullAt: number | null; readonly why: "unknown" | "rests" | "years" | null; readonly bytesToCome: number | null })[]; readonly elsewhere: readonly ({ readonly part: "log" | "derived" | "tables"; readonly at: "kafka" | "postgres" })[] } | null }

export type TokenRequest = { readonly name: string; readonly expiresAt?: number }

export type Track = { readonly at: readonly (number)[]; readonly lat: readonly (number | null)[]; readonly lon: readonly (number | null)[]; readonly speedKmh: readonly (number | null)[]; readonly truncated: boolean }

export type Trip = { readonly tenant: string; readonly vehicle: string; readonly id: string; readonly startAt: number; readonly endAt: number; readonly status: "open" | "ended"; readonly endedBy: "ignition" | "silence" | null; readonly start: { readonly lat: number; readonly lon: number } | null; readonly end: { readonly lat: number; readonly lon: number } | null; readonly distanceM: number; readonly bridgedM: number | null; readonly bridgedMs: number | null; readonly unheardM: number | null; readonly durationMs: number; readonly idleMs: number | null; readonly maxSpeedKmh: number | null; readonly speedCovered: number | null; readonly fuelL: number | null; readonly fuelFrom: "counter" | "rate" | "tank" | null; readonly fuelCovered: number | null; readonly energyKwh: number | null; readonly energyFrom: "counter" | "power" | "charge" | null; readonly energyCovered: number | null; readonly energyDoubt: "against-charge" | null; readonly samples: number; readonly thinned: number | null; readonly receivedAt: number | null; readonly clock: "sent" | "server" | "received" | null; readonly clockDoubt: "ahead" | null }

export type TripSum = { readonly vehicle: string; readonly trips: number; readonly open: number; readonly samples: number; readonly distanceM: { readonly sum: number | null; readonly known: number }; readonly bridgedM: { readonly sum: number | null; readonly known: number }; readonly bridgedMs: { readonly sum: number | null; readonly known: number }; readonly unheardM: { readonly sum: number | null; readonly known: number }; readonly durationMs: { readonly sum: number | null; readonly known: number }; readonly idleMs: { readonly sum: number | null; readonly known: number }; readonly fuelL: { readonly sum: number | null; readonly known: number }; readonly energyKwh: { readonly sum: number | null; readonly known: number } }

export type VehicleAssignment = { readonly id: string; readonly vehicle: string; readonly person: string; readonly from: number; readonly until: number }

export type VehicleAssignments = { readonly rows: readonly ({ readonly id: string; readonly vehicle: string; readonly person: string; readonly from: number; readonly until: number })[] }

export type VehicleDetail = { readonly vehicle: string; readonly kind: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly model: string | null; readonly version: string | null; readonly at: number; readonly receivedAt: number | null; readonly carClock: { readonly boot: string; readonly offsetMs: number; readonly state: "right" | "ahead" | "behind" | "jumps" } | null; readonly signals: readonly ({ readonly path: string; readonly unit: string | null; readonly group: string; readonly description?: string; readonly value: number | boolean | string | readonly (string)[] | null | { readonly invalid: string; readonly value?: number | boolean | string }; readonly at: number; readonly clock?: "sent" | "server" | "received"; readonly clockDoubt?: "ahead"; readonly doubt?: "no-fix" | "null-island" | "zero" | "inaccurate" | "jump" | "frozen" | "drift" | "sentinel" | "impossible" | "fell" | "scale" })[] }

export type VehicleGroup = { readonly id: string; readonly name: string; readonly parent: string | null }

export type VehicleGroups = { readonly rows: readonly ({ readonly id: string; readonly name: string; readonly parent: string | null })[] }

export type VehicleRow = { readonly vehicle: string; readonly name: string | null; readonly plate: string | null; readonly kind: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly model: string | null; readonly version: string | null; readonly powertrain: "COMBUSTION" | "HYBRID" | "ELECTRIC" | null; readonly at: number; readonly receivedAt: number | null; readonly carClock: { readonly boot: string; readonly offsetMs: number; readonly state: "right" | "ahead" | "behind" | "jumps" } | null; readonly speedKmh: number | null; readonly place: { readonly lat: number; readonly lon: number } | null; readonly energyPercent: number | null }

export type Operations = {
  changePassword: { params: {}; body: { readonly old: string; readonly password: string }; result: SessionInfo }
  disconnectClient: { params: { readonly tenant: string; readonly client: string }; body: undefined; result: Disconnection }
  editRegistry: { params: {}; body: { readonly select: { readonly vehicles?: readonly (string)[]; readonly search?: string; readonly group?: string; readonly tag?: string; readonly archived?: boolean }; readonly edit: { readonly kind?: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly make?: string | null; readonly model?: string | null; readonly year?: number | null; readonly zone?: string | null; readonly hours?: readonly ({ readonly days: readonly (number)[]; readonly from: number; readonly to: number })[]; readonly tariff?: string | null; readonly addGroups?: readonly (string)[]; readonly removeGroups?: readonly (string)[]; readonly addTags?: readonly (string)[]; readonly removeTags?: readonly (string)[]; readonly archived?: boolean }; readonly dryRun: boolean }; result: BulkEditResult }
  editVehicleRegistry: { params: { readonly vehicle: string }; body: { readonly version: number; readonly name?: string | null; readonly plate?: string | null; readonly make?: string | null; readonly model?: string | null; readonly year?: number | null; readonly kind?: "car" | "van" | "truck" | "bus" | "two-wheeler" | "trailer" | "machine" | "fixed" | null; readonly vin?: string | null; readonly notes?: string | null; readonly groups?: readonly (string)[]; readonly tags?: readonly (string)[]; readonly attributes?: Readonly<Record<string, string>>; readonly tariff?: string | null; readonly zone?: string | null; readonly hours?: readonly ({ readonly days: readonly (number)[]; readonly from: number; readonly to: number })[]; readonly archived?: boolean }; result: RegistryView }
  endClientSession: { params: { readonly tenant: string; readonly client: string }; body: undefined; result: Disconnection }
  endOtherSignIns: { params: {}; body: undefined; result: undefined }
  endShare: { params: { readonly vehicle: string; readonly share: string }; body: undefined; result: undefined }
  endSignIn: { params: { readonly signIn: string }; body: undefined; result: undefined }
  endSignInsOfPerson: { params: { readonly person: string }; body: undefined; result: undefined }
  exportAudit: { params: { readonly who?: string; readonly action?: "set-up" | "sign-in" | "sign-out" | "access" | "make" | "change" | "remove" | "invite" | "reset" | "provision" | "revoke" | "end" | "share" | "import" | "export" | "replay" | "forget" | "disclose-place" | "disclose-vin" | "prune"; readonly targetKind?: string; readonly target?: string; readonly result?: "done" | "refused" | "failed"; readonly from?: Instant; readonly to?: Instant; readonly search?: string; readonly format?: "csv" | "ndjson" }; body: undefined; result: string }
  exportRegistry: { params: {}; body: undefined; result: string }
  followLive: { params: { readonly feeds?: string; readonly lastEventId?: string }; body: undefined; result: string }
  getAlert: { params: { readonly id: string }; body: undefined; result: Alert }
  getClientSession: { params: { readonly tenant: string; readonly client: string }; body: undefined; result: ClientSessionDetail }
  getHealth: { params: {}; body: undefined; result: { readonly status: "alive" } }
  getIdentityProvider: { params: {}; body: undefined; result: IdentityProviderState }
  getMetrics: { params: {}; body: undefined; result: string }
  getPerson: { params: { readonly person: string }; body: undefined; result: Person }
  getProgram: { params: { readonly program: string }; body: undefined; result: Program }
  getReadiness: { params: {}; body: undefined; result: { readonly status: "ready" } }
  getSession: { params: {}; body: undefined; result: SessionInfo }
  getSetup: { params: {}; body: undefined; result: SetupState }
  getShared: { params: {}; body: undefined; result: SharedVehicle }
  getSharedTrack: { params: { readonly from?: Instant }; body: undefined; result: Track }
  getSignalSeries: { params: { readonly from?: Instant; readonly to?: Instant; readonly vehicle: string; readonly path: string }; body: undefined; result: SignalSeries }
  getStreets: { params: {}; body: undefined; result: StreetMap }
  getSystem: { params: {}; body: undefined; result: SystemState }
  getTrip: { params: { readonly id: string }; body: undefined; result: Trip }
  getTripGpx: { params: { readonly id: string }; body: undefined; result: string }
  getTripTrack: { params: { readonly from?: Instant; readonly id: string }; body: undefined; result: Track }
  getVehicle: { params: { readonly vehicle: string }; body: undefined; result: VehicleDetail }
  getVehicleRegistry: { params: { readonly vehicle: string }; body: undefined; result: RegistryView }
  getVehicleTrack: { params: { readonly from?: Instant; readonly to?: Instant; readonly vehicle: string }; body: undefined; result: Track }
  importRegistry: { params: { readonly dryRun: boolean; readonly skipFaulty: boolean }; body: undefined; result: RegistryImport }
  invite: { params: {}; body: { readonly label: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly expiresAt?: number }; result: MadeAccountLink }
  listAlerts: { params: { readonly vehicle?: string; readonly kind?: "crash"; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (Alert)[]; readonly next?: string } }
  listAnomalies: { params: { readonly vehicle?: string; readonly kind?: "refused" | "invalid" | "doubted" | "units" | "reused" | "number" | "clock" | "excess"; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (Anomaly)[]; readonly next?: string } }
  listAssignments: { params: { readonly vehicle: string }; body: undefined; result: VehicleAssignments }
  listAudit: { params: { readonly who?: string; readonly action?: "set-up" | "sign-in" | "sign-out" | "access" | "make" | "change" | "remove" | "invite" | "reset" | "provision" | "revoke" | "end" | "share" | "import" | "export" | "replay" | "forget" | "disclose-place" | "disclose-vin" | "prune"; readonly targetKind?: string; readonly target?: string; readonly result?: "done" | "refused" | "failed"; readonly from?: Instant; readonly to?: Instant; readonly search?: string; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (AuditRow)[]; readonly next?: string } }
  listClientSessions: { params: { readonly vehicle?: string; readonly search?: string; readonly state?: "connected" | "away"; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (ClientSession)[]; readonly next?: string; readonly total: { readonly connected: number; readonly away: number } } }
  listDisclosures: { params: { readonly limit?: number; readonly after?: string; readonly vehicle: string }; body: undefined; result: { readonly rows: readonly (Disclosure)[]; readonly next?: string } }
  listGroups: { params: {}; body: undefined; result: VehicleGroups }
  listInvitations: { params: {}; body: undefined; result: InvitationList }
  listLedger: { params: { readonly vehicle?: string; readonly troubled?: boolean; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (LedgerEntry)[]; readonly next?: string } }
  listPeople: { params: { readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (Person)[]; readonly next?: string } }
  listPrograms: { params: { readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (Program)[]; readonly next?: string } }
  listRoles: { params: {}; body: undefined; result: CustomRoles }
  listShares: { params: { readonly limit?: number; readonly after?: string; readonly vehicle: string }; body: undefined; result: { readonly rows: readonly (Share)[]; readonly next?: string } }
  listSignIns: { params: {}; body: undefined; result: SignInList }
  listSignInsOfPerson: { params: { readonly person: string }; body: undefined; result: SignInList }
  listSignals: { params: {}; body: undefined; result: SignalCatalogue }
  listTrips: { params: { readonly vehicle?: string; readonly from?: Instant; readonly to?: Instant; readonly near?: string; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (Trip)[]; readonly next?: string } }
  listVehicleMessages: { params: { readonly stream?: "telemetry" | "event" | "critical" | "snapshot" | "result" | "session"; readonly limit?: number; readonly after?: string; readonly vehicle: string }; body: undefined; result: { readonly rows: readonly (RawMessage)[]; readonly next?: string } }
  listVehicles: { params: { readonly search?: string; readonly powertrain?: "COMBUSTION" | "HYBRID" | "ELECTRIC"; readonly state?: "moving" | "parked" | "silent"; readonly near?: string; readonly sort?: "vehicle" | "receivedAt"; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (VehicleRow)[]; readonly next?: string; readonly total: number } }
  lookAtAccountLink: { params: {}; body: { readonly token: string }; result: AccountLinkInfo }
  makeProgram: { params: {}; body: { readonly name: string; readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[]; readonly managesPeople?: boolean }; result: Program }
  makeShare: { params: { readonly vehicle: string }; body: { readonly until: number; readonly withTrip?: boolean }; result: MadeShare }
  makeToken: { params: { readonly program: string }; body: { readonly name: string; readonly expiresAt?: number }; result: MadeToken }
  putAssignment: { params: { readonly vehicle: string; readonly assignment: string }; body: { readonly person: string; readonly from: number; readonly until: number }; result: VehicleAssignment }
  putGroup: { params: { readonly group: string }; body: { readonly name: string; readonly parent: string | null }; result: VehicleGroup }
  putRole: { params: { readonly role: string }; body: { readonly may: readonly ("vehicles:read" | "places:read" | "trips:read" | "alerts:read" | "quality:read" | "messages:read" | "vins:read" | "vehicles:edit" | "drivers:assign" | "vehicles:provision" | "vehicles:forget" | "shares:make" | "exports:take" | "refused:read" | "refused:replay" | "clients:read" | "clients:end" | "system:read" | "metrics:read" | "people:manage" | "programs:manage" | "audit:read" | "tenants:manage")[] }; result: CustomRole }
  removeAssignment: { params: { readonly vehicle: string; readonly assignment: string }; body: undefined; result: undefined }
  removeGroup: { params: { readonly group: string }; body: undefined; result: undefined }
  removePerson: { params: { readonly person: string }; body: undefined; result: undefined }
  removeProgram: { params: { readonly program: string }; body: undefined; result: undefined }
  removeRole: { params: { readonly role: string }; body: undefined; result: undefined }
  resetPassword: { params: { readonly person: string }; body: undefined; result: MadeAccountLink }
  revokeToken: { params: { readonly program: string; readonly token: string }; body: undefined; result: undefined }
  setAccess: { params: { readonly person: string }; body: { readonly isAllowed: boolean }; result: Person }
  setGrants: { params: { readonly person: string }; body: { readonly grants: readonly ({ readonly role: string; readonly scope: { readonly of: "tenant" } | { readonly of: "group"; readonly group: string } | { readonly of: "vehicle"; readonly vehicle: string } | { readonly of: "assigned" }; readonly from?: number; readonly until?: number; readonly expiresAt?: number })[] }; result: Person }
  setUp: { params: {}; body: { readonly token: string; readonly name: string; readonly password: string }; result: SessionInfo }
  signIn: { params: {}; body: { readonly name: string; readonly password: string }; result: SessionInfo }
  signOut: { params: {}; body: undefined; result: undefined }
  sumTrips: { params: { readonly vehicle?: string; readonly from?: Instant; readonly to?: Instant; readonly limit?: number; readonly after?: string }; body: undefined; result: { readonly rows: readonly (TripSum)[]; readonly next?: string } }
  useAccountLink: { params: {}; body: { readonly token: string; readonly password: string; readonly name?: string }; result: SessionInfo }
  verifyAudit: { params: {}; body: undefined; result: AuditVerification }
  withdrawInvitation: { params: { readonly invitation: string }; body: undefined; result: undefined }
}

export const operations = {
  changePassword: ['PUT', '/api/v1/account/password'],
  disconnectClient: ['DELETE', '/api/v1/sessions/{tenant}/{client}/connection'],
  editRegistry: ['POST', '/api/v1/registry/edit'],
  editVehicleRegistry: ['PATCH', '/api/v1/vehicles/{vehicle}/registry'],
  endClientSession: ['DELETE', '/api/v1/sessions/{tenant}/{client}'],
  endOtherSignIns: ['DELETE', '/api/v1/account/sign-ins'],
  endShare: ['DELETE', '/api/v1/vehicles/{vehicle}/shares/{share}'],
  endSignIn: ['DELETE', '/api/v1/account/sign-ins/{signIn}'],
  endSignInsOfPerson: ['DELETE', '/api/v1/people/{person}/sign-ins'],
  exportAudit: ['GET', '/api/v1/audit/export'],
  exportRegistry: ['GET', '/api/v1/registry'],
  followLive: ['GET', '/api/v1/live'],
  getAlert: ['GET', '/api/v1/alerts/{id}'],
  getClientSession: ['GET', '/api/v1/sessions/{tenant}/{client}'],
  getHealth: ['GET', '/healthz'],
  getIdentityProvider: ['GET', '/api/v1/session/identity-provider'],
  getMetrics: ['GET', '/metrics'],
  getPerson: ['GET', '/api/v1/people/{person}'],
  getProgram: ['GET', '/api/v1/programs/{program}'],
  getReadiness: ['GET', '/readyz'],
  getSession: ['GET', '/api/v1/session'],
  getSetup: ['GET', '/api/v1/setup'],
  getShared: ['GET', '/api/v1/share'],
  getSharedTrack: ['GET', '/api/v1/share/track'],
  getSignalSeries: ['GET', '/api/v1/vehicles/{vehicle}/signals/{path}/series'],
  getStreets: ['GET', '/api/v1/map/streets.json'],
  getSystem: ['GET', '/api/v1/system'],
  getTrip: ['GET', '/api/v1/trips/{id}'],
  getTripGpx: ['GET', '/api/v1/trips/{id}/track.gpx'],
  getTripTrack: ['GET', '/api/v1/trips/{id}/track'],
  getVehicle: ['GET', '/api/v1/vehicles/{vehicle}'],
  getVehicleRegistry: ['GET', '/api/v1/vehicles/{vehicle}/registry'],
  getVehicleTrack: ['GET', '/api/v1/vehicles/{vehicle}/track'],
  importRegistry: ['POST', '/api/v1/registry'],
  invite: ['POST', '/api/v1/people/invitations'],
  listAlerts: ['GET', '/api/v1/alerts'],
  listAnomalies: ['GET', '/api/v1/anomalies'],
  listAssignments: ['GET', '/api/v1/vehicles/{vehicle}/assignments'],
  listAudit: ['GET', '/api/v1/audit'],
  listClientSessions: ['GET', '/api/v1/sessions'],
  listDisclosures: ['GET', '/api/v1/vehicles/{vehicle}/disclosures'],
  listGroups: ['GET', '/api/v1/groups'],
  listInvitations: ['GET', '/api/v1/people/invitations'],
  listLedger: ['GET', '/api/v1/ledger'],
  listPeople: ['GET', '/api/v1/people'],
  listPrograms: ['GET', '/api/v1/programs'],
  listRoles: ['GET', '/api/v1/roles'],
  listShares: ['GET', '/api/v1/vehicles/{vehicle}/shares'],
  listSignIns: ['GET', '/api/v1/account/sign-ins'],
  listSignInsOfPerson: ['GET', '/api/v1/people/{person}/sign-ins'],
  listSignals: ['GET', '/api/v1/signals'],
  listTrips: ['GET', '/api/v1/trips'],
  listVehicleMessages: ['GET', '/api/v1/vehicles/{vehicle}/messages'],
  listVehicles: ['GET', '/api/v1/vehicles'],
  lookAtAccountLink: ['POST', '/api/v1/account-links/look'],
  makeProgram: ['POST', '/api/v1/programs'],
  makeShare: ['POST', '/api/v1/vehicles/{vehicle}/shares'],
  makeToken: ['POST', '/api/v1/programs/{program}/tokens'],
  putAssignment: ['PUT', '/api/v1/vehicles/{vehicle}/assignments/{assignment}'],
  putGroup: ['PUT', '/api/v1/groups/{group}'],
  putRole: ['PUT', '/api/v1/roles/{role}'],
  removeAssignment: ['DELETE', '/api/v1/vehicles/{vehicle}/assignments/{assignment}'],
  removeGroup: ['DELETE', '/api/v1/groups/{group}'],
  removePerson: ['DELETE', '/api/v1/people/{person}'],
  removeProgram: ['DELETE', '/api/v1/programs/{program}'],
  removeRole: ['DELETE', '/api/v1/roles/{role}'],
  resetPassword: ['POST', '/api/v1/people/{person}/reset'],
  revokeToken: ['DELETE', '/api/v1/programs/{program}/tokens/{token}'],
  setAccess: ['PUT', '/api/v1/people/{person}/access'],
  setGrants: ['PUT', '/api/v1/people/{person}/grants'],
  setUp: ['POST', '/api/v1/setup'],
  signIn: ['POST', '/api/v1/session'],
  signOut: ['DELETE', '/api/v1/session'],
  sumTrips: ['GET', '/api/v1/trips/sums'],
  useAccountLink: ['POST', '/api/v1/account-links/use'],
  verifyAudit: ['GET', '/api/v1/audit/verification'],
  withdrawInvitation: ['DELETE', '/api/v1/people/invitations/{invitation}'],
} as const satisfies Readonly<Record<keyof Operations, readonly [string, string]>>
