// A job, or several, without a log: tests feed records and read outputs. The set of the newest output of each id is what the
// derived topics amount to.
import type { LogTopic, StoredRecord } from '../eventlog/event-log.ts'
import { encodeMessage, messageAt } from '../model/message-codec.ts'
import type { Message, Sample } from '../model/message.ts'
import { createEngine } from './engine.ts'
import type { AnyJob, Output } from './job.ts'

export type JobDriver = {
  /** Applies the records as one batch; gives what was said. */
  feed(records: readonly StoredRecord[], watermark?: number): Output[]
  /** Lets event time pass until nothing more is said. */
  pass(watermark: number): Output[]
  /** The newest value by `topic id`, without deleted ones. */
  results(): Map<string, object>
}

/** With `reload`, state is written and read back after every batch. */
export function driveJobs(jobs: readonly AnyJob[], reload = false): JobDriver {
  const stored = new Map<string, Uint8Array>()
  const open = () =>
    createEngine(jobs, {
      get: (key) => stored.get(key)?.slice(),
      range: (prefix) => [...stored].filter(([key]) => key.startsWith(prefix)),
    })
  let engine = open()
  const results = new Map<string, object>()
  const settle = (watermark: number): Output[] => {
    const outputs: Output[] = engine.settle(watermark).map(({ topic, id, key, at, value }) => ({ topic, id, key, at, value }))
    for (const { topic, id, value } of outputs)
      if (value === null) results.delete(`${topic} ${id}`)
      else results.set(`${topic} ${id}`, topic === 'twin' ? mergeTwin(results.get(`${topic} ${id}`), value) : value)
    if (reload) {
      for (const { key, value } of engine.takeChanges())
        if (value === undefined) stored.delete(key)
        else stored.set(key, value)
      engine = open()
    }
    return outputs
  }
  return {
    feed(records, watermark = -Infinity) {
      for (const record of records) engine.apply(record)
      return settle(watermark)
    },
    pass(watermark) {
      const outputs = settle(watermark)
      while ((engine.nextTimerAt() ?? Infinity) <= watermark) outputs.push(...settle(watermark))
      return outputs
    },
    results: () => results,
  }
}

/** As the twin's stores do: each signal of the patch replaces the one before; the rest is that of the last patch. */
export function mergeTwin(twin: object | undefined, patch: object): object {
  const before = twin as { signals: object } | undefined
  const next = patch as { signals: object }
  const signals = Object.entries({ ...before?.signals, ...next.signals }).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...next, signals: Object.fromEntries(signals) }
}

/** Records as the log would give them. */
export function recordsOf(
  messages: readonly Message[],
  key = 'demo/car-1',
  topic: LogTopic = 'telemetry',
  appendedAt?: number,
): StoredRecord[] {
  return messages.map((message, offset) => {
    const at = messageAt(message)
    const heardAt = appendedAt ?? at
    return { topic, key, value: encodeMessage(message), at, partition: 0, offset, appendedAt: heardAt, receivedAt: heardAt }
  })
}

/** One message for each sample, numbered from 0. */
export const messagesOf = (samples: readonly Sample[], boot = '00000000000000aa'): Message[] =>
  samples.map((sample, seq) => ({ boot, seq, samples: [sample] }))
