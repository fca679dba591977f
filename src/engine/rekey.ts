// Keys other than the vehicle (a cell, a street, a driver, a fleet): two jobs in one. The first, by
// vehicle and without state, takes from each record what the second needs of it and says it under
// the other key, to an internal topic; the second reads that topic, whose records of one key are
// all in one partition.
//
//   uplink, by vehicle ──► NAME-keys ──► topic NAME.keyed, by the other key ──► NAME ──► its outputs
//
// The id of a keyed record is that of the record it came from, so a duplicate shares it; the
// vehicle, its receipt and whether it was critical travel along, so that lateness and the clocks of
// a fleet mean the same on both sides.
import type { Job, Output, Input, TextKeyedJob } from './job.ts'

/** One key that a record has something for. */
export type Keyed<Item> = { readonly key: string; readonly at: number; readonly item: Item }

export type Rekeying<Item> = {
  readonly version: number
  readonly reads: readonly string[]
  /** The items that the record has for other keys; none to pass it over. Several of one key are
   *  kept together. A function of the record and nothing else. */
  of(input: Input): readonly Keyed<Item>[]
}

type KeyedValue<Item> = { readonly items: readonly { readonly at: number; readonly item: Item }[] }

/** Keys are parts of names in the log and in state. */
const keyCharsMax = 200

export const keyedTopic = (name: string): string => `${name}.keyed`

/** The two jobs. `job` reads `keyedTopic(job.name)`, and perhaps other topics by the same key;
 *  `itemsOf` gives what was taken. */
export function rekeyed<Item, Parts, Sides>(
  job: TextKeyedJob<Parts, Sides>,
  { version, reads, of }: Rekeying<Item>,
): readonly [Job<object>, TextKeyedJob<Parts, Sides>] {
  const topic = keyedTopic(job.name)
  const keys: Job<{ news: Output[] }> = {
    name: `${job.name}-keys`,
    version,
    keyedBy: 'vehicle',
    reads,
    writes: [{ name: topic }],
    saidMax: 0,
    codecs: { news: { form: 'text', encode: JSON.stringify, decode: JSON.parse } },
    apply(state, input) {
      const found = keyedRecords(topic, input, of(input))
      if (found.length === 0) return
      // It lasts to the end of the batch, and so is never stored.
      const news = state.get('news') ?? []
      news.push(...found)
      state.put('news', undefined, news)
    },
    emit(state) {
      const news = state.get('news') ?? []
      if (news.length > 0) state.delete('news')
      return news
    },
  }
  return [keys, job]
}

/** The items that a record of a keyed topic holds. */
export const itemsOf = <Item>({ value }: Input): KeyedValue<Item>['items'] =>
  (value as KeyedValue<Item> | null)?.items ?? []

function keyedRecords<Item>(topic: string, input: Input, found: readonly Keyed<Item>[]): Output[] {
  const byKey = new Map<string, { at: number; item: Item }[]>()
  for (const { key, at, item } of found) {
    if (key.length === 0 || key.length > keyCharsMax)
      throw new Error(`A key has 1 to ${keyCharsMax} characters; one has ${key.length}.`)
    const items = byKey.get(key)
    if (items === undefined) byKey.set(key, [{ at, item }])
    else items.push({ at, item })
  }
  const from = {
    source: input.source,
    stream: input.critical ? 'critical' : input.record.topic,
    receivedAt: input.receivedAt,
  }
  return [...byKey].map(([key, items]): Output => {
    const value: KeyedValue<Item> = { items }
    return { topic, id: `${input.source}/${input.id}`, key, at: Math.max(...items.map(({ at }) => at)), value, from }
  })
}
