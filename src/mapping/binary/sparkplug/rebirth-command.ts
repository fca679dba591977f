// The command by which a host asks an edge node for its births (Eclipse Sparkplug 3.0.0,
// tck-id-operational-behavior-data-commands-ncmd-rebirth-verb, -name and -value).
import type { EdgeNode } from './rebirth.ts'

const metricName = 'Node Control/Rebirth'
const boolean = 11

/** Of tahu.proto: the payload's timestamp (1) and metrics (2), and of a metric name (1), timestamp
 *  (3), datatype (4) and boolean_value (14). No `seq`, by tck-id-payloads-ncmd-seq. `at`: when it
 *  is published, epoch milliseconds. To be sent by QoS 0 and not kept (tck-id-payloads-ncmd-qos,
 *  -retain). */
export function rebirthCommand(
  { group, node }: EdgeNode,
  at: number,
): { readonly topic: string; readonly payload: Buffer } {
  const name = Buffer.from(metricName)
  const instant = varint(at)
  const metric = [0x0a, name.length, ...name, 0x18, ...instant, 0x20, boolean, 0x70, 1]
  return {
    topic: `spBv1.0/${group}/NCMD/${node}`,
    payload: Buffer.from([0x08, ...instant, 0x12, metric.length, ...metric]),
  }
}

/** Of up to 53 bits, seven a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = Math.max(0, Math.floor(value))
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}
