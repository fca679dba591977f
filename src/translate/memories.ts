// The memory of senders between two of their messages: all of it in memory, and each change in the
// state that is committed with what it led to. Bounded by number and size (limits.ts); who is
// forgotten is as one that was never heard.
import type { StateChange, StateStore } from '../eventlog/state-store.ts'
import { parseSenderKey, senderKey } from '../eventlog/foreign-record.ts'
import type { Memory } from '../mapping/foreign.ts'
import type { TranslatorLimits } from './limits.ts'

export type Sender = {
  readonly key: string
  readonly mapping: string
  memory: Memory
  /** The receipt of its last message. */
  heardAt: number
  /** The vehicle that all it has said so far is of; null once it spoke of several, undefined before
   *  it spoke of one in the table. */
  vehicle: string | null | undefined
  /** Of Sparkplug B; undefined before its births were first asked for. */
  asked: Asked | undefined
  /** Of its memory as JSON, as it was stored. */
  chars: number
}

type Asked = {
  /** The last time, by receipt. */
  readonly at: number
  /** Whether a birth was heard since. */
  readonly isAnswered: boolean
  /** Births were heard and are more than is remembered: another time would bring the same. */
  readonly isInVain?: boolean
}

type Stored = {
  readonly memory: Memory
  readonly heardAt: number
  readonly vehicle?: string | null
  readonly asked?: Asked
}

export type MemoriesOptions = {
  readonly state: Pick<StateStore, 'range'>
  readonly task: string
  readonly limits: Pick<TranslatorLimits, 'senders' | 'memoryChars' | 'memoriesChars'>
  /** Those of other mappings are forgotten. */
  readonly mappings: ReadonlySet<string>
}

export type Forgotten = { readonly sender: Sender; readonly why: 'senders' | 'size' }

const prefix = 'sender/'

export class Memories {
  readonly #limits: MemoriesOptions['limits']
  /** By key, the one heard longest ago first. */
  readonly #strangers = new Map<string, Sender>()
  readonly #known = new Map<string, Sender>()
  readonly #touched = new Set<Sender>()
  #gone: string[] = []
  #chars = 0

  constructor({ state, task, limits, mappings }: MemoriesOptions) {
    this.#limits = limits
    const senders: Sender[] = []
    for (const [name, value] of state.range(task, prefix)) {
      const key = name.slice(prefix.length)
      const mapping = parseSenderKey(key)?.mapping
      if (mapping === undefined || !mappings.has(mapping)) {
        this.#gone.push(key)
        continue
      }
      const { memory, heardAt, vehicle, asked } = JSON.parse(Buffer.from(value).toString()) as Stored
      senders.push({ key, mapping, memory, heardAt, vehicle, asked, chars: JSON.stringify(memory).length })
    }
    for (const sender of senders.sort((a, b) => a.heardAt - b.heardAt)) {
      this.#listOf(sender).set(sender.key, sender)
      this.#chars += sender.chars
    }
  }

  get size(): number {
    return this.#strangers.size + this.#known.size
  }

  all(): Sender[] {
    return [...this.#strangers.values(), ...this.#known.values()]
  }

  get(key: string): Sender | undefined {
    return this.#known.get(key) ?? this.#strangers.get(key)
  }

  /** The sender, heard now; made when it is new. */
  hear(mapping: string, name: string, receivedAt: number): Sender {
    const key = senderKey(mapping, name)
    const sender = this.get(key) ?? {
      key,
      mapping,
      memory: {},
      heardAt: receivedAt,
      vehicle: undefined,
      asked: undefined,
      chars: 0,
    }
    sender.heardAt = Math.max(sender.heardAt, receivedAt)
    this.touch(sender)
    return sender
  }

  /** Its memory, or what is known of it, may have changed. */
  touch(sender: Sender): void {
    this.#strangers.delete(sender.key)
    this.#known.delete(sender.key)
    this.#listOf(sender).set(sender.key, sender)
    this.#touched.add(sender)
  }

  /** Changes since the last time. `forget` is told of each that goes, or whose memory goes, before
   *  it does. */
  takeChanges(forget: (forgotten: Forgotten) => void): StateChange[] {
    const texts = new Map<Sender, string>()
    for (const sender of this.#touched) {
      const text = JSON.stringify(sender.memory)
      const isTooLarge = text.length > this.#limits.memoryChars
      if (isTooLarge) {
        forget({ sender, why: 'size' })
        sender.memory = {}
      }
      const own = isTooLarge ? '{}' : text
      texts.set(sender, own)
      this.#chars += own.length - sender.chars
      sender.chars = own.length
    }
    this.#keepWithin(forget)
    const changes: StateChange[] = this.#gone.map((key) => ({ key: prefix + key }))
    this.#gone = []
    for (const sender of this.#touched) {
      const { key, heardAt, vehicle, asked } = sender
      const known = vehicle === undefined ? '' : `,"vehicle":${JSON.stringify(vehicle)}`
      const again = asked === undefined ? '' : `,"asked":${JSON.stringify(asked)}`
      changes.push({
        key: prefix + key,
        value: Buffer.from(`{"memory":${texts.get(sender)!},"heardAt":${heardAt}${known}${again}}`),
      })
    }
    this.#touched.clear()
    return changes
  }

  #keepWithin(forget: (forgotten: Forgotten) => void): void {
    while (this.size > this.#limits.senders || (this.#chars > this.#limits.memoriesChars && this.size > 1)) {
      const list = this.#strangers.size > 0 ? this.#strangers : this.#known
      const [oldest] = list.values()
      forget({ sender: oldest!, why: 'senders' })
      list.delete(oldest!.key)
      this.#touched.delete(oldest!)
      this.#chars -= oldest!.chars
      this.#gone.push(oldest!.key)
    }
  }

  #listOf({ vehicle }: Sender): Map<string, Sender> {
    return vehicle === undefined ? this.#strangers : this.#known
  }
}
