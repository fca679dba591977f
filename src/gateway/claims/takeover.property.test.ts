// Gateways claim clients of each other, sleep and wake, are killed, lose their copies and have
// requests that arrive late, while the topic is compacted: who claims a client reads all that was
// acknowledged of it, and in the end one gateway has it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EventLog } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { StateChange, SweptLog } from '../../eventlog/state-store.ts'
import { sessionsTopic, uplinkTopics } from '../../eventlog/topics.ts'
import type { SharedGatewayStore } from './shared-store.ts'
import { openTestStore } from './shared-store.testing.ts'

const clients = ['a', 'b'] as const
type Client = (typeof clients)[number]
const names = ['one', 'two'] as const
const gateways = [0, 1, 2] as const
const dayMs = 25 * 3_600_000

const who = { gateway: fc.constantFrom(...gateways), client: fc.constantFrom(...clients) }
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('claim' as const), ...who }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      ...who,
      name: fc.constantFrom(...names),
      isGone: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), ...who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('sleep', 'wake'), ...who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill', 'lose'), ...who }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('compact', 'day') }) },
)
type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Versions of an entry that were written, which grow, and the last that was acknowledged. */
type Entry = { readonly written: Map<number, 'put' | 'gone'>; acknowledged: number }

class Model {
  readonly #entries = new Map<string, Entry>()
  readonly failures: unknown[] = []
  version = 0

  entry(key: string): Entry {
    let found = this.#entries.get(key)
    if (found === undefined) this.#entries.set(key, (found = { written: new Map(), acknowledged: 0 }))
    return found
  }

  /** The change, and what to call once it is acknowledged. */
  write(key: string, isGone: boolean): { readonly change: StateChange; acknowledge(): void } {
    const version = ++this.version
    const entry = this.entry(key)
    entry.written.set(version, isGone ? 'gone' : 'put')
    return {
      change: isGone ? { key } : { key, value: Buffer.from(String(version)) },
      acknowledge: () => void (entry.acknowledged = Math.max(entry.acknowledged, version)),
    }
  }

  /** By key, the version of each entry of the client that was acknowledged last. */
  acknowledged(client: Client): ReadonlyMap<string, number> {
    return new Map(keysOf(client).map((key) => [key, this.entry(key).acknowledged]))
  }

  /** An owner reads the versions that were acknowledged when it claimed, or later ones. */
  check(store: SharedGatewayStore, client: Client, claimed: ReadonlyMap<string, number>, by: string): void {
    for (const key of keysOf(client)) {
      const { written } = this.entry(key)
      const acknowledged = claimed.get(key)!
      const value = store.get(key)
      const isRight =
        value === undefined
          ? acknowledged === 0 || [...written].some(([version, kind]) => kind === 'gone' && version >= acknowledged)
          : Number(Buffer.from(value).toString()) >= acknowledged
      const shown = value === undefined ? 'nothing' : Buffer.from(value).toString()
      assert.ok(isRight, `${by} reads ${shown} of ${JSON.stringify(key)}, and ${acknowledged} was acknowledged`)
    }
  }
}

const sessionKey = (client: Client): string => `s/${client}`
const deliveryKey = (client: Client, name: string): string => `q/${client}\0${name}`
const keysOf = (client: Client): string[] => [sessionKey(client), ...names.map((name) => deliveryKey(client, name))]

/** A gateway whose requests and answers take a while, and none comes or goes while it sleeps. */
class PlayedGateway {
  readonly #log: EventLog
  readonly #model: Model
  readonly #delays: () => number
  #local = openMemoryLog({ partitions: 1 })
  #store: SharedGatewayStore | undefined
  #life = new AbortController()
  #awake: PromiseWithResolvers<void> | undefined
  #tail = Promise.resolve()
  readonly #served = new Set<Client>()
  /** As it was acknowledged when the last claim of the client arrived. */
  readonly #claimed = new Map<Client, ReadonlyMap<string, number>>()
  readonly name: string

  constructor(name: string, log: EventLog, model: Model, delays: () => number) {
    this.name = name
    this.#log = log
    this.#model = model
    this.#delays = delays
  }

  async #way(life: AbortSignal): Promise<void> {
    for (let left = this.#delays(); left > 0; left--) await turn()
    await this.#awake?.promise
    // A killed process hears of nothing.
    if (life.aborted) await new Promise(() => {})
  }

  /** The log as it is reached from here. Requests of a killed process may arrive all the same. */
  #reached(): EventLog {
    const log = this.#log
    const { signal } = this.#life
    return {
      partitions: log.partitions,
      partitionsOf: (topic) => log.partitionsOf(topic),
      id: log.id,
      epochs: () => log.epochs(),
      append: async (records) => {
        const sent = records.map((record) => ({ ...record, value: Buffer.from(record.value) }))
        for (let left = this.#delays(); left > 0; left--) await turn()
        await this.#awake?.promise
        // Of what a killed process had on its way the first part may arrive: batches go one by one.
        const arrived = signal.aborted ? sent.slice(0, this.#delays()) : sent
        const positions = await log.append(arrived)
        for (const client of clients)
          if (!signal.aborted && arrived.some(({ key }) => key === `c/${client}`))
            this.#claimed.set(client, this.#model.acknowledged(client))
        await this.#way(signal)
        return positions
      },
      read: async (...given) => {
        await this.#way(signal)
        const segment = await log.read(...given)
        await this.#way(signal)
        return segment
      },
      bounds: (...given) => log.bounds(...given),
      now: () => log.now(),
      agedAt: (ms) => log.agedAt(ms),
      damage: () => log.damage(),
      appended: (topics, given, ms) => log.appended(topics, AbortSignal.any([given, signal]), ms),
      [Symbol.asyncDispose]: async () => {},
    }
  }

  async start(): Promise<void> {
    const life = this.#life.signal
    const store = await openTestStore(this.#reached(), this.#local.state)
    this.#store = store
    store.claims.onTaken((client) => {
      if (!life.aborted) this.#served.delete(client as Client)
    })
    for (const client of clients.filter((each) => store.claims.holds(each))) {
      this.#model.check(store, client, this.#claimed.get(client)!, this.name)
      this.#served.add(client)
    }
    const { signal } = this.#life
    store.claims.follow(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#model.failures.push(error)
    })
  }

  /** One after the other, as an ingest and its barriers have it. */
  #then(work: (store: SharedGatewayStore, life: AbortSignal) => Promise<void>): void {
    const { signal } = this.#life
    this.#tail = this.#tail
      .then(async () => {
        if (!signal.aborted && this.#store !== undefined) await work(this.#store, signal)
      })
      .catch((error: unknown) => void this.#model.failures.push(error))
  }

  claim(client: Client): void {
    this.#then(async (store, life) => {
      if (this.#served.has(client)) return
      await store.claims.claim(client)
      if (life.aborted || !store.claims.holds(client)) return
      this.#model.check(store, client, this.#claimed.get(client)!, this.name)
      this.#served.add(client)
    })
  }

  put(client: Client, writes: readonly (readonly [key: string, isGone: boolean])[]): void {
    this.#then(async (store, life) => {
      if (!this.#served.has(client)) return
      const all = writes.map(([key, isGone]) => this.#model.write(key, isGone))
      await store.commit(
        [],
        all.map(({ change }) => change),
      )
      if (!life.aborted && this.#served.has(client)) for (const { acknowledge } of all) acknowledge()
    })
  }

  sleep(): void {
    this.#awake ??= Promise.withResolvers<void>()
  }

  wake(): void {
    this.#awake?.resolve()
    this.#awake = undefined
  }

  /** `isLost`: with its data folder. */
  async kill(isLost: boolean): Promise<void> {
    this.end()
    if (isLost) this.#local = openMemoryLog({ partitions: 1 })
    await this.start()
  }

  end(): void {
    this.#life.abort()
    this.wake()
    this.#store = undefined
    this.#served.clear()
    this.#life = new AbortController()
    this.#tail = Promise.resolve()
  }

  settled(): Promise<void> {
    return this.#tail
  }

  holds(client: Client): boolean {
    return this.#store?.claims.holds(client) === true
  }
}

async function run(steps: readonly Step[], delays: readonly number[]): Promise<void> {
  let now = 1_700_000_000_000
  let drawn = 0
  const compaction = { lagMs: 0, tombstoneMs: 24 * 3_600_000 }
  const clock = { now: () => now }
  const topics = [...uplinkTopics, sessionsTopic]
  await using shared: SweptLog = openMemoryLog({ partitions: 1, topics, clock, compaction })
  const model = new Model()
  const delay = (): number => delays[drawn++ % delays.length]!
  const all = gateways.map((index) => new PlayedGateway(`gateway ${index}`, shared.log, model, delay))
  for (const gateway of all) await gateway.start()
  for (const each of steps) await play(each)
  for (const gateway of all) gateway.wake()
  for (const gateway of all) await gateway.settled()
  if (model.failures.length > 0) throw model.failures[0]
  await compact()
  // A gateway that knows nothing but the topic.
  const reader = await openTestStore(shared.log)
  for (const client of clients) {
    await reader.claims.claim(client)
    model.check(reader, client, model.acknowledged(client), 'a new gateway')
    // oxlint-disable-next-line no-unmodified-loop-condition -- gateways hear of the claim
    for (let left = 1000; all.some((gateway) => gateway.holds(client)) && left > 0; left--) await turn()
    assert.deepEqual(
      all.filter((gateway) => gateway.holds(client)).map(({ name }) => name),
      [],
    )
  }
  for (const gateway of all) gateway.end()

  async function compact(): Promise<void> {
    now += 1
    await shared.sweep()
  }

  async function play(each: Step): Promise<void> {
    if (each.kind === 'turns') for (let left = each.count; left > 0; left--) await turn()
    else if (each.kind === 'compact') await compact()
    else if (each.kind === 'day') {
      for (const gateway of all) gateway.end()
      // Requests that are on their way arrive by then.
      for (let left = 100; left > 0; left--) await turn()
      await compact()
      now += dayMs
      await compact()
      for (const gateway of all) await gateway.start()
    } else if ('gateway' in each) {
      const gateway = all[each.gateway]!
      const { client } = each
      if (each.kind === 'claim') gateway.claim(client)
      else if (each.kind === 'put')
        gateway.put(client, [
          [sessionKey(client), false],
          [deliveryKey(client, each.name), each.isGone],
        ])
      else if (each.kind === 'end')
        gateway.put(
          client,
          keysOf(client).map((key) => [key, true] as const),
        )
      else if (each.kind === 'sleep') gateway.sleep()
      else if (each.kind === 'wake') gateway.wake()
      else await gateway.kill(each.kind === 'lose')
    }
  }
}

test('whoever claims a client reads all that was acknowledged of it, whatever sleeps, dies and comes late', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
      fc.array(fc.nat(5), { minLength: 1, maxLength: 40, size: 'max' }),
      run,
    ),
    { numRuns: 150 },
  ))
