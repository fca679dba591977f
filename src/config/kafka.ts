// The settings of Kafka: the event log on brokers that somebody runs, instead of the embedded one.
import { accepted, refused } from '../base/errors.ts'
import {
  kafkaCompressions,
  kafkaSettingNames as names,
  saslMechanisms,
  type KafkaCompression,
  type KafkaServers,
  type KafkaSharing,
  type KafkaTopics,
  type SaslMechanism,
} from '../eventlog/kafka-options.ts'
import { address, file, onOff, oneOf, span, text, whole, type Address, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readTextFile } from './text-file.ts'

export type KafkaConfig = {
  readonly servers: KafkaServers
  readonly form: KafkaTopics
  readonly compression: KafkaCompression
  readonly sharing: KafkaSharing
}

const brokersMax = 100
/** Of a file with a password, and of one with authorities. */
const passwordCharsMax = 10_000
const caCharsMax = 1_000_000
/** The name of the longest topic, and a number for each log, go after it. */
const prefixForm = /^[A-Za-z0-9._-]{0,100}$/

const brokers: Setting<readonly Address[] | undefined> = {
  name: names.brokers,
  fallback: '',
  about: 'Kafka brokers for the event log, host:port,host:port, instead of the embedded log',
  parse: (given) => {
    if (given === '') return accepted(undefined)
    const { parse } = address(names.brokers, '', '')
    const parsed = given.split(',').map((each) => parse(each.trim()))
    const found = parsed.flatMap((each) => (each.ok && each.value.port > 0 ? [each.value] : []))
    return found.length === parsed.length && found.length <= brokersMax
      ? accepted(found)
      : refused(
          'setting',
          'give host:port of one or more brokers with commas between them, such as kafka-1:9092,kafka-2:9092',
        )
  },
}

const noSasl = 'none'

export const kafkaSettings = {
  brokers,
  prefix: text(
    names.prefix,
    'roadstream.',
    'the beginning of the names of its topics; two installations on one cluster need two',
    prefixForm,
    'give at most 100 letters, digits, ".", "_" or "-"',
  ),
  tls: onOff(names.tls, 'whether the brokers are spoken to with TLS'),
  caFile: file(names.ca, 'file with the certificate authority of the brokers (PEM), when it is not a public one'),
  sasl: oneOf<SaslMechanism | typeof noSasl>(names.sasl, [noSasl, ...saslMechanisms], 'how we sign in there'),
  user: text(names.user, '', 'the user we sign in as', /^/, 'give a name'),
  passwordFile: file(names.passwordFile, 'file with the password of that user'),
  replication: whole(names.replication, '3', 'replicas of each topic', 1, 100),
  minInSync: whole(names.minInSync, '2', 'replicas a record must be on before it is acknowledged', 1, 100),
  compression: oneOf(names.compression, kafkaCompressions, 'how batches are compressed'),
  creating: oneOf(names.creating, ['on', 'off'], 'whether topics that are missing are made'),
  instance: text(
    names.instance,
    '',
    'the name of this process of the jobs among those that share the partitions on Kafka; one is made, and kept in the data folder',
    /^[A-Za-z0-9._-]{0,100}$/,
    'give at most 100 letters, digits, ".", "_" or "-"',
  ),
  session: span(
    names.session,
    '10s',
    'how long a process of the jobs on Kafka may be away before others have its partitions',
    6_000,
    30 * 60_000,
  ),
  standby: onOff(
    names.standby,
    'whether this process of the jobs keeps a copy of the state of partitions that others on Kafka have',
  ),
} satisfies Record<string, Setting<unknown>>

/** Undefined without brokers, also where they are wrong: the log is the embedded one. */
export function kafkaConfig({ takeAll, isSet, isWrong, problems }: SettingsReader): KafkaConfig | undefined {
  const given = takeAll(kafkaSettings)
  const isOn = given.brokers !== undefined
  const read = (setting: Setting<string>, path: string, what: string, charsMax: number): string | undefined => {
    if (path === '') return undefined
    const found = readTextFile(path, what, charsMax)
    if ('text' in found) return found.text
    problems.push(`${setting.name} is "${path}", which ${found.fault}`)
    return undefined
  }
  for (const [isGiven, name] of [
    [given.tls, names.tls],
    [given.caFile !== '', names.ca],
    [given.sasl !== noSasl, names.sasl],
    [given.user !== '', names.user],
    [given.passwordFile !== '', names.passwordFile],
    [given.instance !== '', names.instance],
    [given.standby, names.standby],
  ] as const)
    if (isGiven && !isOn && !isSet(brokers))
      problems.push(`${name} is set, and ${names.brokers} is not: name the brokers there`)
  if (!isOn) return undefined
  const ca = read(kafkaSettings.caFile, given.caFile, 'file of certificates', caCharsMax)
  const password = read(kafkaSettings.passwordFile, given.passwordFile, 'password', passwordCharsMax)?.replace(
    /\r?\n$/,
    '',
  )
  if (given.caFile !== '' && !given.tls) problems.push(`${names.ca} goes with TLS: give ${names.tls}=on`)
  const isSigned = given.sasl !== noSasl
  for (const [text, name] of [
    [given.user, names.user],
    [given.passwordFile, names.passwordFile],
  ] as const) {
    if (isSigned && text === '') problems.push(`${name} is needed to sign in by ${given.sasl}`)
    if (!isSigned && text !== '')
      problems.push(`${name} is set, and nothing signs in: give ${names.sasl}=${saslMechanisms.join(' or ')}`)
  }
  if (!isWrong(kafkaSettings.replication) && !isWrong(kafkaSettings.minInSync) && given.minInSync > given.replication)
    problems.push(`${names.minInSync} is more than ${names.replication}: nothing could ever be stored`)
  const sasl = given.sasl === noSasl ? undefined : { mechanism: given.sasl, user: given.user, password: password ?? '' }
  return {
    servers: { brokers: given.brokers, tls: given.tls ? { ca } : undefined, sasl },
    form: {
      prefix: given.prefix,
      replication: given.replication,
      minInSync: given.minInSync,
      isCreating: given.creating === 'on',
    },
    compression: given.compression,
    sharing: { instance: given.instance, sessionMs: given.session, isStandby: given.standby },
  }
}
