// From what a job says to what is stored: values as JSON, and only what is not what was said
// before.
import type { AnyJob, Output } from './job.ts'
import type { KeyState } from './key-state.ts'
import { saidMaxUsual, saysAnew } from './said.ts'

/** An output as it is to be stored, or held back: the object that was its value is let go at once,
 *  as there are many. */
export type EngineOutput = Omit<Output, 'from' | 'value'> & {
  /** The value as JSON; empty when the output is deleted. */
  readonly text: string
  /** The earliest receipt of the records it may come from, so that latencies are those of the whole
   *  way; undefined when time alone led to it. */
  readonly receivedAt: number | undefined
  /** To be stored with it: `id`; and of a re-keyed record `source` and `stream`. */
  readonly headers: Readonly<Record<string, string>>
}

/** The outputs among `said` that change anything, remembered as the last ones of the key.
 *  `receivedAt` is that of the records that led to them. Throws when one is of a topic that the job
 *  does not write. */
export function takeOutputs(
  job: AnyJob,
  state: KeyState,
  said: readonly Output[],
  receivedAt: number | undefined,
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
    outputs.push({ topic, id, key, at, text, headers, receivedAt: from?.receivedAt ?? receivedAt })
  }
  if (before !== undefined) state.putSaid(before)
  return outputs
}
