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

/** The outputs of one job between two batches. */
export class Outputs {
  readonly #job: AnyJob
  readonly #topics: ReadonlySet<string>
  readonly #saidMax: number
  readonly #encode: HostText['encode']
  #outputs: EngineOutput[] = []

  constructor(job: AnyJob, { encode }: Pick<HostText, 'encode'>) {
    this.#job = job
    this.#topics = new Set(job.writes.map(({ name }) => name))
    this.#saidMax = job.saidMax ?? saidMaxUsual
    this.#encode = encode
  }

  /** Adds those among `said` that change anything, which are remembered as the last ones of the
   *  key. `heardAt` is the receipt of the records that led to them, ∞ where none did. Throws when
   *  one is of a topic that the job does not write. */
  add(state: KeyState, said: readonly Output[], heardAt: number): void {
    if (said.length === 0) return
    const before = this.#saidMax > 0 ? state.said : undefined
    for (const { topic, id, key, at, value, from } of said) {
      if (!this.#topics.has(topic)) throw new Error(`The job ${this.#job.name} does not write to topic ${topic}.`)
      const text = value === null ? '' : JSON.stringify(value)
      if (before !== undefined && !saysAnew(before, `${topic} ${id}`, { at, text }, this.#saidMax)) continue
      const headers = from === undefined ? { id } : { id, source: from.source, stream: from.stream }
      const receivedAt = from?.receivedAt ?? heardAt
      const bytes = this.#encode(text)
      this.#outputs.push(
        receivedAt === Infinity
          ? { topic, key, at, value: bytes, headers }
          : { topic, key, at, value: bytes, headers, receivedAt },
      )
    }
    if (before !== undefined) state.putSaid(before)
  }

  /** All since the last call. */
  take(): EngineOutput[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }
}
