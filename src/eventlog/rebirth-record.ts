// That an edge node of Sparkplug B is to be asked for its births, as a record of the topic
// `rebirth`: written with what the message said that needs it, read by whoever may publish at its
// broker.
import type { NewRecord, StoredRecord } from './event-log.ts'
import { rebirthTopic } from './topics.ts'

export type AskedNode = { readonly group: string; readonly node: string }

/** `key` is that of the sender, `receivedAt` the receipt that needs it. */
export const rebirthRecord = (key: string, { group, node }: AskedNode, receivedAt: number): NewRecord => ({
  topic: rebirthTopic,
  key,
  value: Buffer.from(JSON.stringify({ group, node })),
  at: receivedAt,
  receivedAt,
})

/** The node of a record made by `rebirthRecord`; undefined for any other, and for one whose names
 *  can be no levels of a topic. */
export function askedNodeOf({ value }: Pick<StoredRecord, 'value'>): AskedNode | undefined {
  try {
    const { group, node } = JSON.parse(Buffer.from(value).toString()) as Partial<AskedNode>
    return isLevel(group) && isLevel(node) ? { group, node } : undefined
  } catch {
    return undefined
  }
}

const isLevel = (text: unknown): text is string => typeof text === 'string' && text !== '' && !/[+#/\0]/.test(text)
