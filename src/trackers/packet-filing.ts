// Files a whole packet: the record it is stored as, and how many records its tracker is
// told that we have. A packet that cannot be read is a dead letter and is answered 0, whereupon its
// tracker sends it again; the same bytes a second time are not damage on the way but what the
// tracker has, which is kept already, so they are answered with the number they state. Otherwise
// the tracker would send them for ever and nothing after them.
import { createHash } from 'node:crypto'
import type { EventLog, NewRecord } from '../eventlog/event-log.ts'
import { foreignLetter, foreignLimits, foreignRecord, type Arrived } from '../eventlog/foreign-record.ts'
import { decodeBinary } from '../mapping/binary/decode-binary.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import type { Admitted } from './known-trackers.ts'
import type { PacketResult } from './tracker-metrics.ts'

export type Filed = {
  readonly result: PacketResult
  /** To be durable before the answer leaves; undefined when it is already. */
  readonly record: NewRecord | undefined
  /** The answer. */
  readonly count: number
  /** To be called once the record is durable. */
  readonly onStored?: () => void
}

type Why = { readonly reason: string; readonly detail: string }

const headBytes = 8
/** Where a frame tells the number of its records: after its head and the codec. */
const countAt = 9
/** Codec, count, count again and checksum: less has no record. */
const frameBytesMin = headBytes + 3 + 4

export class PacketFiling {
  readonly #log: Pick<EventLog, 'now'>
  readonly #tenant: string
  /** By IMEI, a digest of the packet that is a dead letter; as many as there are trackers. */
  readonly #refused = new Map<string, string>()

  constructor(log: Pick<EventLog, 'now'>, tenant: string) {
    this.#log = log
    this.#tenant = tenant
  }

  /** Undefined for a packet that says once more who the tracker is: it has no records. */
  file(tracker: Admitted, packet: Buffer): Filed | undefined {
    const decoded = decodeBinary('teltonika', packet)
    if (!decoded.ok) {
      const count = packet.length < frameBytesMin ? 0 : packet[countAt]!
      return this.#refuse(tracker, { bytes: packet, known: packet, count }, decoded)
    }
    const { records } = decoded.value.tree
    if (!Array.isArray(records)) return undefined
    const { record } = foreignRecord(this.#arrived(tracker, packet))
    return { result: 'stored', record, count: records.length }
  }

  /** Of bytes that begin no packet. Those that begin so once more are no dead letter again. */
  fileUnreadable(tracker: Admitted, bytes: Buffer, why: Why): Filed {
    return this.#refuse(tracker, { bytes, known: bytes.subarray(0, headBytes), count: 0 }, why)
  }

  /** `known`: by what it is known when it comes again; `count`: what it is answered then. */
  #refuse(
    tracker: Admitted,
    { bytes, known, count }: { bytes: Buffer; known: Buffer; count: number },
    why: Why,
  ): Filed {
    const { imei, vehicle } = tracker
    const digest = createHash('sha256').update(known).digest('base64')
    if (this.#refused.get(imei) === digest) return { result: 'refused-again', record: undefined, count }
    const key = vehicleKey({ tenant: this.#tenant, vehicle })
    const { reason, detail } = why
    const record = foreignLetter(
      this.#arrived(tracker, bytes.subarray(0, foreignLimits.keptBytes)),
      { reason, detail },
      key,
    )
    return { result: 'refused', record, count: 0, onStored: () => void this.#refused.set(imei, digest) }
  }

  #arrived({ mapping, imei }: Admitted, payload: Buffer): Arrived {
    return {
      mapping,
      sender: imei,
      address: `TELTONIKA /${imei}`,
      payload,
      retained: false,
      receivedAt: this.#log.now(),
    }
  }
}
