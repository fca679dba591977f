// How often each reason code was sent and received, by packet. Plain arrays: one of the packets is PUBACK, and a count of it is one addition.
import { Counter, type Registry } from 'prom-client'
import { packetType } from './codec/packet.ts'

const codes = 256
const packetNames = Object.entries(packetType)

export class ReasonCodeCounts {
  readonly #sent = new Float64Array(16 * codes)
  readonly #received = new Float64Array(16 * codes)

  /** `packet` is a packet type, `code` what stands on the wire: of a 3.1.1 CONNACK its return code, of an answer without a code 0. */
  countSent(packet: number, code: number): void {
    this.#sent[packet * codes + code]! += 1
  }

  countReceived(packet: number, code: number): void {
    this.#received[packet * codes + code]! += 1
  }

  register(registry: Registry, name: string): this {
    const directions = [
      ['sent', this.#sent],
      ['received', this.#received],
    ] as const
    void new Counter({
      name,
      help: 'Reason codes of CONNACK, acknowledgements and DISCONNECT, sent and received, by packet and code.',
      labelNames: ['packet', 'code', 'direction'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [direction, counts] of directions)
          for (const [packet, type] of packetNames)
            for (let code = 0; code < codes; code++) {
              const count = counts[type * codes + code]!
              if (count > 0) this.inc({ packet, code: `0x${code.toString(16).padStart(2, '0')}`, direction }, count)
            }
      },
    })
    return this
  }
}
