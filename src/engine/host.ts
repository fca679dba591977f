// The needs of the engine core from the JavaScript engine around it, beyond the language: UTF-8,
// stored bytes, facts and files. Node's is node-text.ts with a state store; Flink's is Java's.
// Nothing else in the core but job.ts and its kin is of a host.
import type { SideTables } from './side-table.ts'

export interface HostText {
  encode(text: string): Uint8Array
  /** Undefined when the bytes are not UTF-8. */
  decode(bytes: Uint8Array): string | undefined
  /** Wrong bytes are replaced by U+FFFD. */
  decodeLoosely(bytes: Uint8Array): string
}

/** One job on one partition sees nothing else. */
export type EngineHost = {
  readonly text: HostText
  /** The stored value; the bytes are the engine's. */
  get(key: string): Uint8Array | undefined
  /** All stored entries whose key starts with `prefix`. */
  range(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
  /** The facts of the job's side inputs; undefined when it has none. */
  readonly sides?: SideTables | undefined
  /** How far ahead of its receipt an instant may be without being clock-marked; two minutes when
   *  absent. Milliseconds. */
  readonly clockAheadMs?: number | undefined
  /** Keys that are left alone, since the job threw while emitting for them. */
  readonly quarantined?: Pick<ReadonlySet<string>, 'has'>
}
