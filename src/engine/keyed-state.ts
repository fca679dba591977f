// Keyed state with a write-back cache. Parts that were read or written lately are kept decoded;
// `takeChanges` gives what changed since it was last called, as bytes for one commit. Each call
// begins a generation; `evict` forgets what older ones touched last.
import type { StateChange } from '../eventlog/state-store.ts'
import type { HostText } from './host.ts'
import type { PartCodec, PartCodecs } from './part-codec.ts'

type Id = number | string | undefined

type Cached = {
  readonly id: Id
  readonly key: string
  readonly codec: PartCodec<unknown>
  value: unknown
  /** Whether there is a value in the store. */
  stored: boolean
  changed: boolean
  touched: number
}

/** A family of parts: its place among those of the job, and how its parts are stored. */
type Family = { readonly place: number; readonly codec: PartCodec<unknown> }

/** The decoded parts of every key of one task that are in memory. */
export class PartCache {
  readonly #load: (key: string) => Uint8Array | undefined
  readonly #text: HostText
  readonly #families: ReadonlyMap<string, Family>
  #changed: Cached[] = []
  generation = 1
  /** Parts in memory. */
  size = 0

  constructor(load: (key: string) => Uint8Array | undefined, text: HostText, codecs: PartCodecs<object>) {
    this.#load = load
    this.#text = text
    this.#families = new Map(
      Object.entries(codecs as Readonly<Record<string, PartCodec<unknown>>>).map(([name, codec], place) => [
        name,
        { place, codec },
      ]),
    )
  }

  family(name: string): Family {
    const family = this.#families.get(name)
    if (family === undefined) throw new Error(`The job has no parts of a family ${name}.`)
    return family
  }

  load(id: Id, key: string, codec: PartCodec<unknown>): Cached {
    const bytes = this.#load(key)
    this.size += 1
    return {
      id,
      key,
      codec,
      value: bytes && this.#decode(bytes, codec),
      stored: bytes !== undefined,
      changed: false,
      touched: 0,
    }
  }

  change(cached: Cached, value: unknown): void {
    cached.value = value
    if (cached.changed) return
    cached.changed = true
    this.#changed.push(cached)
  }

  /** Changes since the last call, each key once. */
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
  readonly #parts = new Map<string, Cached>()
  /** The part of each family that was asked for last, which is mostly the one that is asked for
   *  next: most families have one, and it is read and then written. */
  #last: (Cached | undefined)[] = []

  constructor(cache: PartCache, prefix: string) {
    this.#cache = cache
    this.#prefix = prefix
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
    const before = this.#parts.size
    for (const [name, cached] of this.#parts) if (cached.touched < generation) this.#parts.delete(name)
    const forgotten = before - this.#parts.size
    this.#cache.size -= forgotten
    if (forgotten > 0) this.#last = []
    return this.#parts.size > 0
  }

  // Nothing is written where it would be what is there: most parts of thousands of keys are in no
  // cache of the processor.
  #find(name: keyof Parts & string, id: Id): Cached {
    const { place, codec } = this.#cache.family(name)
    let found = this.#last[place]
    if (found === undefined || found.id !== id) this.#last[place] = found = this.#load(name, id, codec)
    if (found.touched !== this.#cache.generation) found.touched = this.#cache.generation
    return found
  }

  #load(family: string, id: Id, codec: PartCodec<unknown>): Cached {
    const name = id === undefined ? family : `${family}/${id}`
    let cached = this.#parts.get(name)
    if (cached === undefined) {
      cached = this.#cache.load(id, `${this.#prefix}/${name}`, codec)
      this.#parts.set(name, cached)
    }
    return cached
  }
}
