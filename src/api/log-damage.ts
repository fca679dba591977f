// Damage that is known of the logs: for the system page, and as a figure to be alerted on.
import { Gauge, type Registry } from 'prom-client'
import type { EventLog } from '../eventlog/event-log.ts'
import type { DamagedRange } from './contract.ts'

export function watchDamage(
  logs: readonly Pick<EventLog, 'damage'>[],
  registry: Registry,
): () => Promise<readonly DamagedRange[]> {
  const damage = async (): Promise<readonly DamagedRange[]> =>
    (await Promise.all(logs.map((log) => log.damage()))).flat()
  const gauge = new Gauge({
    name: 'roadstream_log_damaged_offsets',
    help: 'Offsets of the event logs that were found damaged and are passed over by every reader',
    labelNames: ['topic'],
    registers: [registry],
    async collect() {
      const found = await damage()
      gauge.reset()
      for (const { topic, from, to } of found) gauge.inc({ topic }, to - from)
    },
  })
  return damage
}
