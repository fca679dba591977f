// One partition's part of what waits to be stored: a batch that grows, batches that are whole, and
// the oldest of them, which alone is sent.
import { positionKey, type Position, type NewRecord, type Topic } from '../event-log.ts'
import { BatchBuilder } from '../batch/batch-builder.ts'
import type { KafkaCompression } from '../kafka-options.ts'
import { batchBytesMax, sealBatch, stampBatch, type Producer } from './own-batch.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One call of `append`. */
export type Call = {
  readonly positions: Mutable<Position>[]
  /** Batches that have records of it and are not stored. */
  open: number
  resolve(positions: Position[]): void
  reject(error: unknown): void
}

export type WaitingBatch = {
  readonly bytes: Buffer
  readonly count: number
  /** As they are counted in memory. */
  readonly recordBytes: number
  readonly positions: readonly Mutable<Position>[]
  readonly calls: ReadonlySet<Call>
  /** When its first record was given, by the steady clock. */
  readonly sinceAt: number
}

const sequences = 2 ** 31

export class PartitionLane {
  readonly topic: Topic
  readonly partition: number
  /** Of all lanes this one. */
  readonly name: string
  /** Undefined: of the next producer there is. */
  producer: Producer | undefined
  isSending = false
  readonly #compression: KafkaCompression
  readonly #builder = new BatchBuilder()
  #positions: Mutable<Position>[] = []
  #calls = new Set<Call>()
  #recordBytes = 0
  #sinceAt = 0
  #sequence = 0
  readonly #whole: WaitingBatch[] = []

  constructor(topic: Topic, partition: number, compression: KafkaCompression) {
    this.topic = topic
    this.partition = partition
    this.name = `appends to ${positionKey(topic, partition)}`
    this.#compression = compression
  }

  get isEmpty(): boolean {
    return this.#whole.length === 0 && this.#builder.count === 0
  }

  add(record: NewRecord, recordBytes: number, call: Call, steadyAt: number): void {
    if (this.#builder.count === 0) this.#sinceAt = steadyAt
    const position = { topic: this.topic, partition: this.partition, offset: this.#builder.add(record) }
    call.positions.push(position)
    this.#positions.push(position)
    this.#recordBytes += recordBytes
    if (!this.#calls.has(call)) {
      this.#calls.add(call)
      call.open += 1
    }
    if (this.#builder.size >= batchBytesMax) this.#seal()
  }

  /** The oldest batch, made whole if it still grows. */
  oldest(): WaitingBatch | undefined {
    if (this.#whole.length === 0 && this.#builder.count > 0) this.#seal()
    return this.#whole[0]
  }

  /** The bytes of a batch to send. */
  stamped({ bytes }: WaitingBatch, producer: Producer): Buffer {
    this.producer = producer
    stampBatch(bytes, producer, this.#sequence)
    return bytes
  }

  /** The oldest batch is stored, from `base` on: those whose last it was have their positions. */
  stored(base: number): WaitingBatch {
    const batch = this.#takeOldest()
    this.#sequence = (this.#sequence + batch.count) % sequences
    for (const position of batch.positions) position.offset += base
    for (const call of batch.calls) {
      call.open -= 1
      if (call.open === 0) call.resolve(call.positions)
    }
    return batch
  }

  /** The oldest batch will not be sent again; it may be stored all the same. */
  givenUp(error: unknown): WaitingBatch {
    const batch = this.#takeOldest()
    this.renew()
    for (const call of batch.calls) call.reject(error)
    return batch
  }

  /** Goes on as another producer: the broker knows nothing of it. */
  renew(): void {
    this.producer = undefined
    this.#sequence = 0
  }

  #takeOldest(): WaitingBatch {
    const batch = this.#whole.shift()
    if (batch === undefined) throw new Error('A lane whose batch was sent has it.')
    return batch
  }

  #seal(): void {
    const sealed = sealBatch(this.#builder, this.#compression, Date.now())
    this.#whole.push({
      ...sealed,
      recordBytes: this.#recordBytes,
      positions: this.#positions,
      calls: this.#calls,
      sinceAt: this.#sinceAt,
    })
    this.#positions = []
    this.#calls = new Set()
    this.#recordBytes = 0
  }
}
