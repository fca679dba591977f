// A listener for trackers on a free port, over a log that does as it is told and a clock that is
// the test's.
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { arrivedOf } from '../eventlog/foreign-record.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { heldLog } from '../gateway/gateway.testing.ts'
import { imei, RawTracker } from './tracker.testing.ts'
import { openTrackersListener, type TrackersListenerOptions } from './trackers-listener.ts'

const loopback = ['127.0.0.0/8']
export const otherImei = '861230000000015'
export const elsewhereImei = '861230000000023'

export async function openTestTrackers(more: Partial<TrackersListenerOptions> = {}) {
  const log = heldLog(openMemoryLog({ partitions: 1 }))
  const lines: string[] = []
  const registry = new Registry()
  let now = 0
  const listener = await openTrackersListener({
    listen: { host: '127.0.0.1', port: 0 },
    trackers: new Map([
      [imei, { mapping: 'teltonika', vehicle: 'van-7', networks: loopback }],
      [otherImei, { mapping: 'fmb920', vehicle: 'van-8', networks: ['10.0.0.0/8', '127.0.0.1'] }],
      [elsewhereImei, { mapping: 'teltonika', vehicle: 'van-9', networks: ['10.64.0.0/10', 'fd00::/8'] }],
    ]),
    tenant: 'demo',
    log,
    steady: { now: () => now },
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    registry,
    ...more,
    limits: { lookMs: 2, storeRetryMinMs: 1, storeRetryMaxMs: 2, ...more.limits },
  })
  const raws: RawTracker[] = []
  return {
    log,
    port: listener.port,
    listener,
    advance: (ms: number) => void (now += ms),
    said: () => lines.join(''),
    connect(): RawTracker {
      const raw = new RawTracker(listener.port)
      raws.push(raw)
      return raw
    },
    /** The value of one line of the metrics, 0 when it is not there. */
    async metric(line: string): Promise<number> {
      const found = (await registry.metrics())
        .split('\n')
        .find((each) => each.startsWith(`roadstream_gateway_trackers${line} `))
      return Number(found?.split(' ').at(-1) ?? 0)
    },
    /** Packets in the order of the log, as hex. */
    stored: async () => (await readWhole(log, 'foreign')).map((record) => arrivedOf(record)!),
    letters: () => readWhole(log, 'dead-letter'),
    async [Symbol.asyncDispose]() {
      log.release()
      for (const { socket } of raws) socket.destroy()
      await listener[Symbol.asyncDispose]()
      await log[Symbol.asyncDispose]()
    },
  }
}
