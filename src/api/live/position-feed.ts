// The conflated feed: the newest position of each car, at most once a tick. The tables start from
// the stored twins and follow the topic `twin` from where the stored ones end, so no car is missing
// and none is older than it need be; they are there while somebody watches, and some minutes after.
// A reader that is busy is passed over and later gets what changed since; a first look at many cars
// goes out in pieces. A reader that does not see the whole tenant follows a part of the table, and
// begins anew when that becomes another.
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { shared } from '../../base/wait-out.ts'
import type { EventLog, Gap, StoredRecord } from '../../eventlog/event-log.ts'
import { openLogReader, type LogReader } from '../../eventlog/log-reader.ts'
import { parseVehicleKey } from '../../model/vehicle-id.ts'
import type { TwinPatch } from '../../model/twin.ts'
import type { TwinStore } from '../../storage/twin-store.ts'
import type { LiveLimits } from './live-limits.ts'
import type { LiveReader } from './live-reader.ts'
import { createPositionParts, type PositionParts } from './position-parts.ts'
import { createPositionTable, type PositionPart, type PositionTable } from './position-table.ts'
import type { Rights } from '../rights.ts'
import { scanPosition } from './scan-position.ts'
import { rawEventText } from './sse.ts'
import { wholeReach } from '../../storage/reach.ts'

export type PositionFeed = {
  join(reader: LiveReader): void
  leave(reader: LiveReader): void
  /** The reader's socket has room again: goes on with a look it had to break off. */
  resume(reader: LiveReader): void
  /** Whether the log is read for somebody. */
  readonly isFollowing: boolean
  /** Reads one batch. True when there is more at once. One call at a time; rejects with the log's
   *  Outage. */
  pump(): Promise<boolean>
  /** Sends every reader what changed. */
  tick(): void
}

export type PositionEvents = {
  /** The log is read from now on: there may be something to pump. */
  begun(): void
  delivered(readers: number, latenciesMs: readonly number[]): void
  unreadable(record: StoredRecord, error: unknown): void
  /** Where a car was is then what the stored twin says, until its next record. */
  passedOver(gap: Gap): void
  /** A tenant has more cars than the map shows, or its twins could not be read; told once for each
   *  tenant, or each attempt. */
  incomplete(tenant: string, why: 'too-many-vehicles' | 'twins-unreadable', error?: unknown): void
}

type Tenant = {
  readonly name: string
  readonly table: PositionTable
  readonly parts: PositionParts
  round: number
  state: 'new' | 'loading' | 'loaded'
  retryAt: number
  full: boolean
}

/** The changes a reader has: all up to the end of round `since`; while `from` is a number, also
 *  those of vehicles below it up to round `until`. */
type Follower = {
  readonly reader: LiveReader
  readonly tenant: Tenant
  /** The table or a part of it; undefined until the first tick. */
  view: PositionTable | PositionPart | undefined
  since: number
  until: number
  from: number | undefined
  names: number
  greeted: boolean
}

const nothingKnown = { since: 0, until: 0, from: undefined, names: 0, greeted: false } satisfies Partial<Follower>

const twinsPageRows = 500
const retryMs = 5000
/** After the last reader left, the tables stay for one who comes back. */
const unwatchedMs = 300_000
const latencySamplesMax = 200

const parsePatch = ({ buffer, byteOffset, byteLength }: Uint8Array): Partial<TwinPatch> =>
  JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString())

export type PositionFeedParts = {
  readonly log: EventLog
  readonly twins: TwinStore
  readonly clock: Clock
  readonly limits: Pick<LiveLimits, 'batchRecords' | 'batchBytes' | 'positionRowsMax' | 'positionVehiclesMax'>
  readonly rights: Pick<Rights, 'sees' | 'version'>
  readonly events: PositionEvents
}

export function createPositionFeed(parts: PositionFeedParts): PositionFeed {
  const { log, twins, clock, limits, rights, events } = parts
  let moves: LogReader | undefined
  let leftAt = -Infinity
  const tenants = new Map<string, Tenant>()
  const followers = new Map<LiveReader, Follower>()

  const tenantOf = (name: string): Tenant => {
    const known = tenants.get(name)
    if (known !== undefined) return known
    const table = createPositionTable(limits.positionVehiclesMax)
    const tenant: Tenant = {
      name,
      table,
      parts: createPositionParts(table, rights, clock),
      round: 0,
      state: 'new',
      retryAt: 0,
      full: false,
    }
    tenants.set(name, tenant)
    return tenant
  }

  const tookIn = (tenant: Tenant, hasRoom: boolean): void => {
    if (hasRoom || tenant.full) return
    tenant.full = true
    events.incomplete(tenant.name, 'too-many-vehicles')
  }

  const follow = shared(async () => {
    if (moves !== undefined) return
    moves = openLogReader(log, { topics: ['twin'], order: 'fair' }, await twins.positions())
    events.begun()
  })

  const load = async (tenant: Tenant): Promise<void> => {
    tenant.state = 'loading'
    try {
      // Before any twin is read, so that nothing lies between them and what is followed.
      await follow()
      let after: string | undefined
      do {
        const page = await twins.list(
          wholeReach(tenant.name),
          {},
          { limit: twinsPageRows, ...(after === undefined ? {} : { after }) },
        )
        for (const twin of page.rows) tookIn(tenant, tenant.table.fill(twin))
        after = page.next
      } while (after !== undefined)
      tenant.state = 'loaded'
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      events.incomplete(tenant.name, 'twins-unreadable', error)
      tenant.retryAt = clock.now() + retryMs
      tenant.state = 'new'
    }
  }

  const take = (record: StoredRecord): void => {
    const ref = parseVehicleKey(record.key)
    if (!ref.ok) return events.unreadable(record, new Error(ref.detail))
    const tenant = tenantOf(ref.value.tenant)
    if (record.value.byteLength === 0) return tenant.table.forget(ref.value.vehicle)
    try {
      const { receivedAt = null, signals = {} } = scanPosition(record.value) ?? parsePatch(record.value)
      tookIn(tenant, tenant.table.put({ vehicle: ref.value.vehicle, receivedAt, signals }, record.receivedAt))
    } catch (error) {
      events.unreadable(record, error)
    }
  }

  /** Sends until the socket is full or the reader has everything up to the last round that ended.
   *  True when something of a fresh round went out. */
  const advance = (follower: Follower): boolean => {
    const { reader, tenant, view } = follower
    let fresh = false
    if (view === undefined) return fresh
    while (tenant.state === 'loaded' && !reader.isBlocked() && !reader.isClosed()) {
      if (follower.from === undefined) {
        if (follower.since === tenant.round) return fresh
        follower.from = 0
        follower.until = tenant.round
      }
      const { json, rows, upTo, next } = view.columns(follower.since, follower.from, limits.positionRowsMax)
      if (rows > 0 || !follower.greeted) {
        const named = Math.max(follower.names, upTo)
        const anew = !follower.greeted && view !== tenant.table ? '"anew":true,' : ''
        reader.send(rawEventText('positions', `{${anew}"names":${view.names(follower.names, named)},${json}}`))
        follower.names = named
        follower.greeted = true
        fresh ||= follower.since === tenant.round - 1
      }
      follower.from = next === -1 ? undefined : next
      if (next === -1) follower.since = follower.until
    }
    return fresh
  }

  const lookAnew = (follower: Follower): void => {
    const { reader, tenant } = follower
    const sight = reader.sights.positions ?? { tenant: tenant.name, windows: [] }
    const view = sight.windows === 'all' ? tenant.table : tenant.parts.of(sight)
    if (view !== follower.view) Object.assign(follower, { view, ...nothingKnown })
  }

  return {
    join(reader) {
      if (reader.feeds.has('positions'))
        followers.set(reader, { reader, tenant: tenantOf(reader.tenant), view: undefined, ...nothingKnown })
    },
    leave(reader) {
      if (followers.delete(reader)) leftAt = clock.now()
    },
    get isFollowing() {
      return moves !== undefined
    },
    resume(reader) {
      const follower = followers.get(reader)
      if (follower?.from !== undefined) advance(follower)
    },
    async pump() {
      if (moves === undefined) return false
      if (followers.size === 0 && clock.now() - leftAt >= unwatchedMs) {
        moves = undefined
        tenants.clear()
        return false
      }
      const { records, gaps, behind } = await moves.poll({ records: limits.batchRecords, bytes: limits.batchBytes })
      for (const record of records) take(record)
      for (const gap of gaps) events.passedOver(gap)
      return behind.length > 0
    },
    tick() {
      const now = clock.now()
      const followed = new Map<Tenant, number>()
      for (const { tenant } of followers.values()) followed.set(tenant, 0)
      for (const tenant of followed.keys()) {
        if (tenant.state === 'new' && now >= tenant.retryAt) void load(tenant)
        if (tenant.state !== 'loaded') continue
        tenant.round = tenant.table.closeRound()
        tenant.parts.roundClosed()
      }
      for (const follower of followers.values()) {
        lookAnew(follower)
        if (advance(follower)) followed.set(follower.tenant, (followed.get(follower.tenant) ?? 0) + 1)
      }
      for (const [tenant, readers] of followed)
        if (readers > 0)
          events.delivered(
            readers,
            tenant.table.appendedInRound(latencySamplesMax).map((appendedAt) => now - appendedAt),
          )
    },
  }
}
