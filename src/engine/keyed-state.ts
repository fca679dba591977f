// Keyed state with a write-back cache. What was read or written lately is kept decoded; `takeChanges` gives what changed
// since it was last called, as bytes for one commit. Each call begins a generation; `evict` forgets what older ones touched last.
import type { PartCodecs } from './part-codec.ts'
import type { StateChange } from '../eventlog/state-store.ts'

type Cached = { readonly key: string; readonly family: string; value: unknown; changed: boolean; touched: number }

/** The decoded parts of every key of one task that are in memory. */
export type StateCache = {
  /** The state under `prefix`; parts are read through `load` when they are not in memory. */
  open<Parts>(prefix: string, codecs: PartCodecs<Parts>): KeyedParts<Parts>
  /** What changed since the last call, each key once. */
  takeChanges(): StateChange[]
  /** Parts in memory. */
  size(): number
}

/** The parts of one key: small values by family and id, each stored on its own. A class, as there is one for each vehicle and job. */
export class KeyedParts<Parts> {
  readonly #cache: CacheState
  readonly #prefix: string
  readonly #codecs: PartCodecs<Parts>
  readonly #parts = new Map<string, Cached>()

  constructor(cache: CacheState, prefix: string, codecs: PartCodecs<Parts>) {
    this.#cache = cache
    this.#prefix = prefix
    this.#codecs = codecs
  }

  get<Family extends keyof Parts & string>(family: Family, id?: number | string): Parts[Family] | undefined {
    return this.#find(family, id).value as Parts[Family] | undefined
  }

  put<Family extends keyof Parts & string>(family: Family, id: number | string | undefined, part: Parts[Family]): void {
    this.#change(this.#find(family, id), part)
  }

  delete(family: keyof Parts & string, id?: number | string): void {
    const cached = this.#find(family, id)
    if (cached.value !== undefined) this.#change(cached, undefined)
  }

  encode(cached: Cached): Uint8Array {
    return this.#codecs[cached.family as keyof Parts].encode(cached.value as Parts[keyof Parts])
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
      const key = `${this.#prefix}/${name}`
      const bytes = this.#cache.load(key)
      const value = bytes === undefined ? undefined : this.#codecs[family].decode(bytes)
      cached = { key, family, value, changed: false, touched: 0 }
      this.#parts.set(name, cached)
      this.#cache.size += 1
    }
    cached.touched = this.#cache.generation
    return cached
  }

  #change(cached: Cached, value: unknown): void {
    cached.value = value
    if (cached.changed) return
    cached.changed = true
    this.#cache.changed.push({ parts: this, cached })
  }
}

type CacheState = {
  readonly load: (key: string) => Uint8Array | undefined
  changed: { readonly parts: KeyedParts<unknown>; readonly cached: Cached }[]
  generation: number
  size: number
}

export function createStateCache(load: (key: string) => Uint8Array | undefined): StateCache {
  const state: CacheState = { load, changed: [], generation: 1, size: 0 }
  return {
    open: (prefix, codecs) => new KeyedParts(state, prefix, codecs),
    takeChanges() {
      const changes = state.changed.map(({ parts, cached }): StateChange => {
        cached.changed = false
        return cached.value === undefined ? { key: cached.key } : { key: cached.key, value: parts.encode(cached) }
      })
      state.changed = []
      state.generation += 1
      return changes
    },
    size: () => state.size,
  }
}
