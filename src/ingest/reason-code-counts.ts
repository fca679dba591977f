// How often each reason code was sent and received, by packet. Plain arrays: one of the packets is
// PUBACK, and a count of it is one addition.
import { Counter, type Registry } from 'prom-client'
import { codedPackets, formatReasonCode, type CodeDirection, type ReasonCodeCount } from '../model/reason-code-count.ts'
import { packetType } from '../mqtt/packet.ts'

const codes = 256

export class ReasonCodeCounts {
  readonly #sent = new Float64Array(16 * codes)
  readonly #received = new Float64Array(16 * codes)

  /** `packet` is a packet type, `code` what stands on the wire: of a 3.1.1 CONNACK its return code,
   *  of an answer without a code 0. */
  countSent(packet: number, code: number): void {
    this.#sent[packet * codes + code]! += 1
  }

  countReceived(packet: number, code: number): void {
    this.#received[packet * codes + code]! += 1
  }

  /** Counts of the codes that have occurred, by packet and code. */
  list(): ReasonCodeCount[] {
    return [...this.#listed('sent', this.#sent), ...this.#listed('received', this.#received)]
  }

  *#listed(direction: CodeDirection, counts: Float64Array): Generator<ReasonCodeCount> {
    for (const packet of codedPackets)
      for (let code = 0; code < codes; code++) {
        const count = counts[packetType[packet] * codes + code]!
        if (count > 0) yield { packet, direction, code, count }
      }
  }

  register(registry: Registry, name: string): this {
    const list = () => this.list()
    void new Counter({
      name,
      help: 'Reason codes of CONNACK, acknowledgements and DISCONNECT, sent and received, by packet and code.',
      labelNames: ['packet', 'code', 'direction'],
      registers: [registry],
      collect() {
        this.reset()
        for (const { packet, direction, code, count } of list())
          this.inc({ packet, code: formatReasonCode(code), direction }, count)
      },
    })
    return this
  }
}
