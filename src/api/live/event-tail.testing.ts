// For tests of the live feed: what a browser makes of its text, tails that read in small batches,
// and records of two tenants.
import assert from 'node:assert/strict'
import type { EventLog, NewRecord } from '../../eventlog/event-log.ts'
import { openEventTail, type EventTail } from './event-tail.ts'
import { createLiveReader, type LiveFeed, type LiveReader, type Sink } from './live-reader.ts'
import { plainOrganisation } from '../../rights/plain-organisation.ts'
import { wholeSight } from '../../rights/sight.ts'
import { createRights } from '../rights.ts'
import type { LiveSights } from './live-sights.ts'
import type { ResumableFeed } from './resume-point.ts'

const clock = { now: () => 1000 }
export const fixtureRights = createRights(plainOrganisation, clock, 'ours')
const quiet = {
  delivered: () => undefined,
  unreadable: () => assert.fail('a record could not be read'),
  passedOver: () => undefined,
}

export type Seen = { readonly event: string; readonly id: string; readonly data: Record<string, unknown> }

/** The events a browser makes of the text: an event with its id; an id alone moves the resume
 *  point. */
export function createClient(tenant: string, feeds: readonly LiveFeed[]) {
  const whole = wholeSight(tenant)
  const sights: LiveSights = { positions: whole, alert: whole, trip: whole }
  const seen: Seen[] = []
  let lastEventId: string | undefined
  let full = false
  const sink: Sink = {
    write(text) {
      for (const block of text.split('\n\n').filter((part) => part !== '')) {
        const fields = new Map(
          block
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
        )
        const id = fields.get('id')
        if (id !== undefined) lastEventId = id
        const data = fields.get('data')
        if (data !== undefined)
          seen.push({
            event: fields.get('event') ?? '',
            id: id ?? '',
            data: JSON.parse(data) as Record<string, unknown>,
          })
      }
      return !full
    },
    bufferedBytes: () => 0,
    end: () => undefined,
    destroy: () => undefined,
  }
  return {
    seen,
    lastEventId: () => lastEventId,
    rewind: (id: string | undefined) => (lastEventId = id),
    setFull: (value: boolean) => (full = value),
    connect: (): LiveReader =>
      createLiveReader(
        { tenant, user: 'u', feeds: new Set(feeds), sights, ask: async () => sights },
        sink,
        clock,
        { bufferBytesMax: 1, blockedMs: 1, unconfirmedMs: 1 },
        () => undefined,
      ),
  }
}

export const drain = async (tail: EventTail): Promise<void> => {
  while (await tail.pump());
}
export const openTail = (log: EventLog, batchRecords = 3): Promise<EventTail> =>
  openEventTail(log, clock, { batchRecords, batchBytes: 1 << 20 }, fixtureRights, quiet)

let made = 0
export const record = (topic: ResumableFeed, tenant: string, vehicle: string): NewRecord => {
  const id = `${topic}-${tenant}-${vehicle}-${made++}`
  return {
    topic,
    key: `${tenant}/${vehicle}`,
    headers: { id },
    at: 1,
    value: Buffer.from(JSON.stringify({ id, vehicle })),
  }
}
export const ids = (client: { readonly seen: readonly Seen[] }): string[] =>
  client.seen.map(({ data }) => String(data['id']))
