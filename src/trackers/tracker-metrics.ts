// Metrics of trackers for Prometheus. No label holds an IMEI.
import { Counter, type Registry } from 'prom-client'
import { pulledMetrics } from '../base/pulled-metrics.ts'

const prefix = 'roadstream_gateway_trackers'

/** The result of a packet: stored, a dead letter for the first time, or the same bytes once
 *  more. */
export type PacketResult = 'stored' | 'refused' | 'refused-again'

export type TrackerMetrics = {
  countLogin(result: 'accepted' | 'unknown' | 'network'): void
  countPacket(mapping: string, result: PacketResult): void
  countRecords(mapping: string, count: number): void
  countHeld(reason: string): void
  countEnd(why: string): void
}

/** `connected` gives how many trackers have said who they are. */
export function openTrackerMetrics(registry: Registry, connected: () => number): TrackerMetrics {
  const counter = <Label extends string>(suffix: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `${prefix}_${suffix}`, help, labelNames, registers: [registry] })
  pulledMetrics(registry, prefix).gauge('', 'Trackers that are connected and have said who they are.', connected)
  const logins = counter(
    'logins_total',
    'IMEIs that trackers said, by what they were answered ("network": the tracker may not come from there).',
    ['result'],
  )
  const packets = counter('packets_total', 'Whole packets of records, by mapping and what they came to.', [
    'mapping',
    'result',
  ])
  const records = counter('records_total', 'Records that were answered as stored.', ['mapping'])
  const held = counter('held_total', 'Times that a tracker was not read for a while, by the rate it was above.', [
    'reason',
  ])
  const ended = counter('ended_total', 'Connections ended, by why.', ['why'])
  return {
    countLogin: (result) => logins.inc({ result }),
    countPacket: (mapping, result) => packets.inc({ mapping, result }),
    countRecords: (mapping, count) => records.inc({ mapping }, count),
    countHeld: (reason) => held.inc({ reason }),
    countEnd: (why) => ended.inc({ why }),
  }
}
