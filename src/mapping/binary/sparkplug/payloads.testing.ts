// Payloads of Sparkplug B for tests, and what is read of them. All metrics are of one edge node.
import assert from 'node:assert/strict'
import { sparkplugPayload } from '../protobuf/sparkplug-payload.ts'
import { encodeMessage } from '../encoders.testing.ts'
import type { Branch, Tree } from '../tree.ts'
import { readSparkplug, type SparkplugMemory } from './session.ts'

export const nbirth = 'spBv1.0/group/NBIRTH/node'
export const topicOf = (kind: string, device?: string): string =>
  `spBv1.0/group/${kind}/node${device === undefined ? '' : `/${device}`}`

export type TestMetric = Readonly<Record<string, Tree>>

export const payloadOf = (metrics: readonly TestMetric[], seq?: number, more: Branch = {}): Buffer =>
  encodeMessage(sparkplugPayload, { timestamp: 1000, ...(seq === undefined ? {} : { seq }), metrics, ...more })

export function taken(memory: SparkplugMemory, topic: string, bytes: Uint8Array): Branch {
  const message = readSparkplug(memory, topic, bytes)
  assert.ok(message.ok, JSON.stringify(message))
  return message.value
}

export const reasonOf = (memory: SparkplugMemory, topic: string, bytes: Uint8Array): string => {
  const message = readSparkplug(memory, topic, bytes)
  return message.ok ? 'none' : message.reason
}

export const valuesOf = (tree: Branch): Record<string, Tree> =>
  Object.fromEntries((tree['metrics'] as readonly Branch[]).map(({ name, value }) => [name, value]))

export const asideOf = (tree: Branch): readonly Tree[] => tree['setAside'] as readonly Tree[]

/** A memory as it is after it was stored. */
export const stored = (memory: SparkplugMemory): SparkplugMemory =>
  JSON.parse(JSON.stringify(memory)) as SparkplugMemory
