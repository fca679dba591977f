// The settings of the gateway: its threads, and how fast cars may send. The defaults of the rates
// are the gateway's.
import { availableParallelism } from 'node:os'
import { accepted, refused } from '../base/errors.ts'
import { defaultLimits } from '../gateway/gateway-limits.ts'
import { bytes, whole, type Setting } from './setting.ts'
import { kafkaSettingNames } from '../eventlog/kafka-options.ts'
import type { SettingsReader } from './settings-reader.ts'

export type GatewayConfig = {
  /** How many threads are one gateway; one where the log is on Kafka. */
  readonly threads: number
  /** How fast cars may send: one alone, and all of a tenant together. */
  readonly rates: {
    readonly connectionMessagesPerS: number
    readonly connectionBytesPerS: number
    readonly tenantMessagesPerS: number
    readonly tenantBytesPerS: number
  }
}

/** Where threads cannot listen on one port there is one. */
const sharesPorts = !['darwin', 'win32'].includes(process.platform)
const threadsMax = 16

const threadsForMachine = (): number => Math.min(Math.max(Math.floor(availableParallelism() / 4), 1), threadsMax)

/** Undefined: as many as fit the machine. */
const gatewayThreads = (name: string, about: string): Setting<number | undefined> => {
  const { parse } = whole(name, 'auto', about, 1, threadsMax)
  return {
    name,
    fallback: 'auto',
    about,
    parse(given) {
      if (given === 'auto') return accepted(undefined)
      const threads = parse(given)
      if (!threads.ok) return refused('setting', `give auto or a whole number from 1 to ${threadsMax}`)
      return threads.value > 1 && !sharesPorts
        ? refused('setting', 'give 1: on this system threads cannot share a port')
        : threads
    },
  }
}

const { connectionMessagesPerS, connectionBytesPerS, tenantMessagesPerS, tenantBytesPerS } = defaultLimits

export const gatewaySettings = {
  threads: gatewayThreads(
    'ROADSTREAM_GATEWAY_THREADS',
    'threads of the gateway; auto is one for every four processors',
  ),
  connectionMessagesPerS: whole(
    'ROADSTREAM_CAR_RATE',
    String(connectionMessagesPerS),
    'messages a second of one car; above it the car is slowed down',
    1,
    1_000_000,
  ),
  connectionBytesPerS: bytes(
    'ROADSTREAM_CAR_BYTES',
    `${connectionBytesPerS / 1e6} MB`,
    'bytes a second of one car',
    10_000,
  ),
  tenantMessagesPerS: whole(
    'ROADSTREAM_TENANT_RATE',
    String(tenantMessagesPerS),
    'messages a second of all cars of a tenant',
    1,
    100_000_000,
  ),
  tenantBytesPerS: bytes(
    'ROADSTREAM_TENANT_BYTES',
    `${tenantBytesPerS / 1e6} MB`,
    'bytes a second of all cars of a tenant',
    100_000,
  ),
} satisfies Record<keyof GatewayConfig['rates'], Setting<number>> & Record<'threads', Setting<number | undefined>>

/** `isOnKafka`: sessions go from process to process, and not among threads besides. */
export function gatewayConfig({ takeAll, problems }: SettingsReader, isOnKafka: boolean): GatewayConfig {
  const { threads, ...rates } = takeAll(gatewaySettings)
  if (isOnKafka && threads !== undefined && threads > 1)
    problems.push(
      `${gatewaySettings.threads.name} is ${threads}, and with ${kafkaSettingNames.brokers} a process of the gateway has one thread: give 1 or auto, and start more processes, each with a ROADSTREAM_DATA and a ROADSTREAM_MQTT of its own`,
    )
  return { threads: isOnKafka ? 1 : (threads ?? (sharesPorts ? threadsForMachine() : 1)), rates }
}
