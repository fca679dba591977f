// The table of who may import whom, which architecture.test.ts holds the code against.

export type Rule = {
  /** Folders or files under src/ it may import besides its own. */
  readonly sees: readonly string[]
  /** The same of which it may import types alone, which are nothing when the program runs. */
  readonly types?: readonly string[]
  /** Packages it may import; `node:*` is always allowed. */
  readonly packages?: readonly string[]
}

const ports = [
  'eventlog/event-log.ts',
  'eventlog/foreign-record.ts',
  'eventlog/gathering.ts',
  'eventlog/log-reader.ts',
  'eventlog/moved-record.ts',
  'eventlog/partition.ts',
  'eventlog/rebirth-record.ts',
  'eventlog/state-store.ts',
  'eventlog/topic-size.ts',
  'eventlog/topics.ts',
  'model',
  'base',
]
const storePorts = ['storage/*']
const adapters = [
  'eventlog/kafka',
  'eventlog/lmdb',
  'eventlog/outbox.ts',
  'eventlog/state-elsewhere.ts',
  'storage/postgres',
]
/** Of the ingest: what a packet becomes, and not how it is opened or counted. */
const promise = ['mqtt', 'ingest/ingest.ts', 'ingest/uplink.ts']

/** Of the gateway: by which sessions go from thread to thread, or from machine to machine. */
const takingSessions = [
  ...ports,
  ...promise,
  'gateway/gateway-store.ts',
  'gateway/routing',
  'gateway/session',
  'gateway/sessions.ts',
]

/** Files of `roles` that open roles and let them live: of that folder they alone see `compose`. */
const startsRoles: Rule = { sees: ['base', 'config', 'roles', 'compose'] }

/** The most specific row (longest name of a folder or file) rules. */
export const importRules: Readonly<Record<string, Rule>> = {
  model: { sees: ['base/errors.ts', 'base/utf8.ts'] },
  base: { sees: [], packages: ['pino', 'prom-client'] },
  eventlog: { sees: ['model', 'base'] },
  rights: { sees: [] },
  audit: { sees: ['base/fold-case.ts'] },
  'read-models': {
    sees: ['model', 'base'],
    types: ['eventlog/topics.ts', 'rights/permissions.ts'],
    packages: ['typebox', 'typebox/*'],
  },
  'eventlog/memory': { sees: [...ports, 'eventlog/waiters.ts', 'eventlog/log-clock.ts'] },
  'eventlog/lmdb': {
    sees: [...ports, 'eventlog/batch', 'eventlog/log-limits.ts', 'eventlog/waiters.ts', 'eventlog/log-clock.ts'],
    packages: ['lmdb'],
  },
  'eventlog/kafka': {
    sees: [...ports, 'eventlog/batch', 'eventlog/kafka-options.ts', 'eventlog/waiters.ts'],
    packages: ['@platformatic/kafka', 'prom-client'],
  },
  engine: { sees: ports, packages: ['prom-client', '@noble/hashes/*'] },
  plausibility: { sees: ['model'] },
  translate: {
    sees: [...ports, 'mapping/foreign.ts', 'engine/committer.ts', 'engine/marks.ts', 'engine/timers.ts'],
    packages: ['prom-client'],
  },
  mapping: { sees: ['model', 'base'] },
  jobs: { sees: [...ports, 'engine', 'plausibility'], types: ['read-models'] },
  storage: { sees: [...ports, 'audit', 'read-models', 'rights'] },
  'storage/memory': { sees: [...ports, ...storePorts, 'audit', 'read-models', 'rights'] },
  'storage/postgres': {
    sees: [...ports, ...storePorts, 'audit', 'read-models', 'rights'],
    packages: ['pg', 'prom-client', 'typebox'],
  },
  registry: { sees: ['model', 'base', 'rights', 'mapping/instants.ts', ...storePorts], packages: ['csv-parse/*'] },
  room: { sees: [...ports, ...storePorts] },
  'raw-messages': { sees: [...ports, ...storePorts] },
  writers: { sees: [...ports, ...storePorts, 'read-models', 'raw-messages'], packages: ['prom-client', 'typebox'] },
  mqtt: { sees: [] },
  ingest: { sees: [...ports, 'mqtt'], packages: ['prom-client'] },
  tcp: { sees: ['base'] },
  gateway: {
    sees: [
      ...ports,
      'mqtt',
      'ingest',
      'tcp',
      'gateway/admission',
      'gateway/claims/session-claims.ts',
      'gateway/desk/session-desk.ts',
      'gateway/guard',
      'gateway/handlers',
      'gateway/peers/mesh.ts',
      'gateway/peers/peers.ts',
      'gateway/routing',
      'gateway/session',
      'gateway/transport',
    ],
    packages: ['prom-client', 'ws'],
  },
  'gateway/admission': { sees: ['model', 'base', 'gateway/transport/vehicle-certificate.ts'] },
  'gateway/guard': { sees: ['base', 'gateway/gateway-limits.ts'] },
  'gateway/transport': {
    sees: [
      'model',
      'base',
      'tcp',
      'certificates/certificate-parts.ts',
      'certificates/der-values.ts',
      'gateway/gateway-limits.ts',
      'gateway/guard',
    ],
    packages: ['prom-client', 'ws'],
  },
  'gateway/session': {
    sees: [
      ...ports,
      ...promise,
      'gateway/gateway-store.ts',
      'gateway/gateway-limits.ts',
      'gateway/admission/admission.ts',
    ],
  },
  'gateway/routing': { sees: [...ports, 'mqtt', 'gateway/gateway-metrics.ts', 'gateway/session'] },
  'gateway/peers': { sees: [...takingSessions, 'gateway/gateway-metrics.ts', 'gateway/restore-stored.ts'] },
  'gateway/claims': { sees: [...takingSessions, 'gateway/admission/admission.ts'] },
  'gateway/handlers': {
    sees: [
      'model',
      'base',
      ...promise,
      'gateway/admission/admission.ts',
      'gateway/gateway-limits.ts',
      'gateway/gateway-parts.ts',
      'gateway/routing',
      'gateway/session',
      'gateway/sessions.ts',
    ],
    types: ['gateway/connection.ts'],
  },
  'gateway/desk': {
    sees: [
      'model',
      'base',
      'mqtt/reason-code.ts',
      'gateway/connection.ts',
      'gateway/gateway-parts.ts',
      'gateway/session/session.ts',
      'gateway/transport/client-stream.ts',
    ],
  },
  'gateway/conformance': { sees: [] },
  'gateway/hostile': { sees: [] },
  bridge: { sees: [...ports, 'mqtt', 'ingest', 'mapping/foreign.ts'], packages: ['prom-client'] },
  publishers: { sees: [...ports, 'mapping/foreign.ts'], packages: ['prom-client'] },
  trackers: {
    sees: [...ports, 'tcp', 'mapping/binary/decode-binary.ts', 'mapping/binary/teltonika/answers.ts'],
    packages: ['prom-client'],
  },
  rebirths: { sees: [...ports, 'mapping/binary/sparkplug/rebirth-command.ts'], packages: ['prom-client'] },
  'home-assistant': { sees: ports, packages: ['prom-client'] },
  identity: { sees: ['base'], packages: ['openid-client', 'oidc-provider'] },
  api: {
    sees: [
      'audit',
      'identity/identity-provider.ts',
      'rights',
      'registry',
      ...ports,
      ...storePorts,
      'read-models',
      'plausibility/alone.ts',
    ],
    packages: ['fastify', '@fastify/*', 'typebox', 'prom-client', '@zxcvbn-ts/*'],
  },
  city: { sees: ['model', 'base', 'api/contract.ts'] },
  vehicle: { sees: ['model', 'base'], packages: ['mqtt', 'mqtt-packet'] },
  sim: { sees: ['model', 'base', 'vehicle/vehicle.ts', 'city'] },
  certificates: { sees: ['model', 'base'] },
  config: {
    sees: [
      'rights',
      'model',
      'base',
      'mapping',
      'eventlog/kafka-options.ts',
      'eventlog/log-limits.ts',
      'gateway/gateway-limits.ts',
      'publishers/proof.ts',
      'trackers/known-trackers.ts',
      'jobs/crash/thresholds.ts',
      'replay/mapping-catalogue.ts',
    ],
  },
  compose: {
    sees: [
      ...ports,
      ...storePorts,
      'api',
      'bridge',
      'city',
      'compose/adapters.ts',
      'config',
      'engine',
      'gateway',
      'home-assistant',
      'identity',
      'jobs',
      'mapping',
      'publishers',
      'raw-messages',
      'rebirths',
      'registry',
      'roles',
      'room',
      'sim',
      'trackers',
      'translate',
      'writers',
    ],
    packages: ['prom-client'],
  },
  'compose/adapters.ts': {
    sees: [...ports, ...storePorts, ...adapters, 'compose/engines-file.ts', 'compose/postgres-server.ts', 'config'],
    packages: ['prom-client'],
  },
  'compose/user-adapters.ts': {
    sees: [...storePorts, 'base', 'config', 'compose', 'storage/postgres/pg-users.ts'],
  },
  'main.ts': {
    sees: [
      'base/errors.ts',
      'config/config.ts',
      'doctor/command.ts',
      'roles/commands.ts',
      'roles/process-life.ts',
      'roles/run-role.ts',
      'roles/start.ts',
      '../bench/main.ts',
    ],
  },
  'architecture.test.ts': { sees: ['architecture.testing.ts'] },
  roles: {
    sees: [
      ...ports,
      'config',
      'api/api-options.ts',
      'engine/progress.ts',
      'gateway/peers/mesh.ts',
      'storage/twin-store.ts',
    ],
    packages: ['prom-client'],
  },
  'roles/start.ts': startsRoles,
  'roles/run-role.ts': startsRoles,
  'roles/thread.ts': startsRoles,
  'roles/salvage.ts': { sees: ['base', 'config', 'compose/adapters.ts'] },
  'roles/audit.ts': { sees: ['audit', 'base', 'config', 'compose/user-adapters.ts'] },
  'roles/user.ts': {
    sees: ['audit', 'base', 'config', 'compose/user-adapters.ts', 'api/session/password.ts', 'rights'],
  },
  'roles/commands.ts': {
    sees: [
      'model',
      'base',
      'config',
      'roles',
      'certificates/command.ts',
      'engine/lateness.ts',
      'move/command.ts',
      'replay/command.ts',
      'replay/mapping-command.ts',
      'sim/command.ts',
    ],
  },
  doctor: { sees: ['base', 'bridge', 'config', 'compose', 'gateway/gateway-limits.ts', 'gateway/transport', 'roles'] },
  move: { sees: [...ports, 'compose', 'config', 'engine/journal.ts', 'jobs/jobs.ts'] },
  replay: { sees: ['model', 'base', 'mapping', 'vehicle/vehicle.ts'], packages: ['csv-parse', 'csv-parse/*'] },
}
