// The jobs of docs/jobs.md, word for word.
import { summing, type Summary } from '../../src/engine/accumulator.ts'
import type { Job } from '../../src/engine/job.ts'
import { jsonCodec } from '../../src/engine/part-codec.ts'
import { itemsOf, keyedTopic, rekeyed } from '../../src/engine/rekey.ts'
import { windowJob } from '../../src/engine/window-job.ts'
import { tumbling } from '../../src/engine/windows.ts'

/** Doors that were open for a minute, by the car's own time. */
export const door: Job<{ door: { openAt: number; shutAt: number } }> = {
  name: 'door',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'open-door' }],
  codecs: { door: jsonCodec() },
  apply(state, { message, lateBefore }) {
    if (message === null || 'event' in message) return
    const door = state.get('door') ?? { openAt: 0, shutAt: 0 }
    for (const { at, signals } of message.samples) {
      const open = signals['Vehicle.Cabin.Door.Row1.DriverSide.IsOpen']
      if (at < lateBefore) continue
      if (open === true) door.openAt = Math.max(door.openAt, at)
      if (open === false) door.shutAt = Math.max(door.shutAt, at)
    }
    state.put('door', undefined, door)
    state.timer('minute', door.shutAt + 60_000)
  },
  emit(state, { tenant, vehicle }, { eventAt }) {
    const { openAt, shutAt } = state.get('door') ?? { openAt: 0, shutAt: 0 }
    const open = openAt > shutAt && eventAt >= shutAt + 60_000
    const key = `${tenant}/${vehicle}`
    return [{ topic: 'open-door', id: key, key, at: shutAt, value: open ? { tenant, vehicle, shutAt } : null }]
  },
}

/** The mean speed of each tenant's vehicles in each minute. */
export const fleetSpeed = rekeyed(
  windowJob<'text', number, Summary>({
    name: 'fleet-speed',
    version: 1,
    keyedBy: 'text',
    reads: [keyedTopic('fleet-speed')],
    writes: [{ name: 'fleet-speed' }],
    windows: tumbling(60_000),
    allowedLatenessMs: 6 * 3_600_000,
    take: (input) => itemsOf<number>(input).map(({ at, item }) => ({ at, value: item })),
    accumulator: summing(1),
    topic: 'fleet-speed',
    result: (tenant, { startAt }, { count, sum }) => ({ tenant, startAt, meanKmh: sum / count }),
  }),
  {
    version: 1,
    reads: ['telemetry'],
    of({ message, source }) {
      if (message === null || 'event' in message) return []
      const [tenant = ''] = source.split('/')
      return message.samples.flatMap(({ at, signals }) => {
        const kmh = signals['Vehicle.Speed']
        return typeof kmh === 'number' ? [{ key: tenant, at, item: kmh }] : []
      })
    },
  },
)
