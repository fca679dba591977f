// From what a job says to the records that are stored: values as JSON, and only what is not what
// was said before.
import type { NewRecord } from '../eventlog/event-log.ts'
import type { HostText } from './host.ts'
import type { AnyJob, Output } from './job.ts'
import type { KeyState } from './key-state.ts'
import { saidMaxUsual, saysAnew } from './said.ts'

/** The record of an output, to be stored or held back: the object that was its value is let go at
 *  once, as there are many. The value is JSON, and empty when the output is deleted. Headers are
 *  `id`; and of a re-keyed record `source` and `stream`. `receivedAt` is the earliest receipt of
 *  the records it may come from, so that latencies are those of the whole way; absent when time
 *  alone led to it. */
export type EngineOutput = NewRecord & { readonly headers: { readonly id: string } }

/** The outputs among `said` that change anything, remembered as the last ones of the key.
 *  `receivedAt` is that of the records that led to them. Throws when one is of a topic that the job
 *  does not write. */
export function takeOutputs(
  job: AnyJob,
  state: KeyState,
  said: readonly Output[],
  { receivedAt: heardAt, encode }: Pick<HostText, 'encode'> & { readonly receivedAt: number | undefined },
): EngineOutput[] {
  if (said.length === 0) return []
  const max = job.saidMax ?? saidMaxUsual
  const before = max > 0 ? state.said : undefined
  const outputs: EngineOutput[] = []
  for (const { topic, id, key, at, value, from } of said) {
    if (!job.writes.some(({ name }) => name === topic))
      throw new Error(`The job ${job.name} does not write to topic ${topic}.`)
    const text = value === null ? '' : JSON.stringify(value)
    if (before !== undefined && !saysAnew(before, `${topic} ${id}`, text === '' ? '' : `${at} ${text}`, max)) continue
    const headers = from === undefined ? { id } : { id, source: from.source, stream: from.stream }
    const receivedAt = from?.receivedAt ?? heardAt
    outputs.push({ topic, key, at, value: encode(text), headers, ...(receivedAt !== undefined && { receivedAt }) })
  }
  if (before !== undefined) state.putSaid(before)
  return outputs
}
