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
  readonly #parts = new Map<string, Cached>()

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
    for (const [name, cached] of this.#parts)
      if (cached.touched < generation) {
        this.#parts.delete(name)
        this.#cache.size -= 1
      }
    return this.#parts.size > 0
  }

  #find(family: keyof Parts & string, id: number | string | undefined): Cached {
    const name = id === undefined ? family : `${family}/${id}`
    let cached = this.#parts.get(name)
    if (cached === undefined) {
      cached = this.#cache.load(`${this.#prefix}/${name}`, this.#codecs[family])
      this.#parts.set(name, cached)
    }
    cached.touched = this.#cache.generation
    return cached
  }
}
