// The servers and the form of a log on Kafka, as config/kafka.ts reads it from the settings.

export const kafkaCompressions = ['lz4', 'zstd', 'none'] as const
export type KafkaCompression = (typeof kafkaCompressions)[number]

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]

export type KafkaServers = {
  readonly brokers: readonly { readonly host: string; readonly port: number }[]
  /** Undefined: without TLS. `ca`: certificates in PEM; undefined: the public authorities. */
  readonly tls: { readonly ca: string | undefined } | undefined
  readonly sasl: { readonly mechanism: SaslMechanism; readonly user: string; readonly password: string } | undefined
}

/** The form of the topics of a log. */
export type KafkaTopics = {
  /** Before the name of each topic. */
  readonly prefix: string
  readonly replication: number
  /** In-sync replicas that a record must be on before it counts as stored. */
  readonly minInSync: number
  /** Whether topics that are missing are made. */
  readonly isCreating: boolean
}

/** How a process of the jobs shares the partitions with others. */
export type KafkaSharing = {
  /** The name by which it is known after a restart; of two with one name the second shuts out the
   *  first. Empty: one is made, and kept in the data folder. */
  readonly instance: string
  /** How long it may be away before its partitions go to others. Milliseconds. */
  readonly sessionMs: number
  /** Whether it keeps up with the state of partitions that others have. */
  readonly isStandby: boolean
}

/** The names of the settings, for those who are told of a fault. */
export const kafkaSettingNames = {
  brokers: 'ROADSTREAM_KAFKA',
  prefix: 'ROADSTREAM_KAFKA_PREFIX',
  tls: 'ROADSTREAM_KAFKA_TLS',
  ca: 'ROADSTREAM_KAFKA_CA',
  sasl: 'ROADSTREAM_KAFKA_SASL',
  user: 'ROADSTREAM_KAFKA_USER',
  passwordFile: 'ROADSTREAM_KAFKA_PASSWORD_FILE',
  replication: 'ROADSTREAM_KAFKA_REPLICATION',
  minInSync: 'ROADSTREAM_KAFKA_MIN_IN_SYNC',
  creating: 'ROADSTREAM_KAFKA_CREATE',
  compression: 'ROADSTREAM_KAFKA_COMPRESSION',
  instance: 'ROADSTREAM_JOBS_INSTANCE',
  session: 'ROADSTREAM_JOBS_SESSION',
  standby: 'ROADSTREAM_JOBS_STANDBY',
} as const
