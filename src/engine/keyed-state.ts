// Keyed state with a write-back cache. What was read or written lately is kept decoded; `takeChanges` gives what changed
// since it was last called, as bytes for one commit. Each call begins a generation; `evict` forgets what older ones touched last.
import type { StateChange } from '../eventlog/state-store.ts'
import type { HostText } from './host.ts'
import type { PartCodec, PartCodecs } from './part-codec.ts'

type Cached = {
  readonly key: string
  readonly codec: PartCodec<unknown>
  value: unknown
  /** Whether there is a value in the store. */
  stored: boolean
  changed: boolean
  touched: number
}

/** The decoded parts of every key of one task that are in memory. */
export class PartCache {
  readonly #load: (key: string) => Uint8Array | undefined
  readonly #text: HostText
  #changed: Cached[] = []
  generation = 1
  /** Parts in memory. */
  size = 0

  constructor(load: (key: string) => Uint8Array | undefined, text: HostText) {
    this.#load = load
    this.#text = text
  }

  load(key: string, codec: PartCodec<unknown>): Cached {
    const bytes = this.#load(key)
    this.size += 1
    return { key, codec, value: bytes && this.#decode(bytes, codec), stored: bytes !== undefined, changed: false, touched: 0 }
  }

  change(cached: Cached, value: unknown): void {
    cached.value = value
    if (cached.changed) return
    cached.changed = true
    this.#changed.push(cached)
  }

  /** What changed since the last call, each key once. */
  takeChanges(): StateChange[] {
    const changes: StateChange[] = []
    for (const cached of this.#changed) {
      const { key, value, stored } = cached
      cached.changed = false
      cached.stored = value !== undefined
      if (value !== undefined) changes.push({ key, value: this.#encode(cached) })
      else if (stored) changes.push({ key })
    }
    this.#changed = []
    this.generation += 1
    return changes
  }

  #decode(bytes: Uint8Array, codec: PartCodec<unknown>): unknown {
    return codec.form === 'bytes' ? codec.decode(bytes) : codec.decode(this.#text.decodeLoosely(bytes))
  }

  #encode({ codec, value }: Cached): Uint8Array {
    return codec.form === 'bytes' ? codec.encode(value) : this.#text.encode(codec.encode(value))
  }
}

/** The parts of one key: small values by family and id, each stored on its own. */
export class KeyedParts<Parts> {
  readonly #cache: PartCache
  readonly #prefix: string
  readonly #codecs: PartCodecs<Parts>
  /** Parts without an id by family, and the others by family and id. */
  readonly #single = new Map<string, Cached>()
  readonly #families = new Map<string, Map<string, Cached>>()
  /** What was asked for last: a part is mostly read and then written. */
  #lastFamily = ''
  #lastId: number | string | undefined
  #last: Cached | undefined

  constructor(cache: PartCache, prefix: string, codecs: PartCodecs<Parts>) {
    this.#cache = cache
    this.#prefix = prefix
    this.#codecs = codecs
  }

  get<Family extends keyof Parts & string>(family: Family, id?: number | string): Parts[Family] | undefined {
    return this.#find(family, id).value as Parts[Family] | undefined
  }

  put<Family extends keyof Parts & string>(family: Family, id: number | string | undefined, part: Parts[Family]): void {
    this.#cache.change(this.#find(family, id), part)
  }

  delete(family: keyof Parts & string, id?: number | string): void {
    const cached = this.#find(family, id)
    if (cached.value !== undefined) this.#cache.change(cached, undefined)
  }

  /** Forgets the parts not touched since `generation`; true when some are left. */
  evict(generation: number): boolean {
    this.#last = undefined
    this.#evictFrom(this.#single, generation)
    for (const [family, parts] of this.#families) {
      this.#evictFrom(parts, generation)
      if (parts.size === 0) this.#families.delete(family)
    }
    return this.#single.size > 0 || this.#families.size > 0
  }

  #evictFrom(parts: Map<string, Cached>, generation: number): void {
    for (const [name, cached] of parts)
      if (cached.touched < generation) {
        parts.delete(name)
        this.#cache.size -= 1
      }
  }

  #partsOf(family: string): Map<string, Cached> {
    let parts = this.#families.get(family)
    if (parts === undefined) {
      parts = new Map()
      this.#families.set(family, parts)
    }
    return parts
  }

  #find(family: keyof Parts & string, id: number | string | undefined): Cached {
    if (this.#last !== undefined && family === this.#lastFamily && id === this.#lastId) return this.#last
    const parts = id === undefined ? this.#single : this.#partsOf(family)
    const name = id === undefined ? family : String(id)
    let cached = parts.get(name)
    if (cached === undefined) {
      const key = id === undefined ? `${this.#prefix}/${family}` : `${this.#prefix}/${family}/${id}`
      cached = this.#cache.load(key, this.#codecs[family])
      parts.set(name, cached)
    }
    cached.touched = this.#cache.generation
    this.#lastFamily = family
    this.#lastId = id
    this.#last = cached
    return cached
  }
}
