// From the records of `foreign` to what is committed of them: our messages, dead letters, and what
// is remembered. No loop and no log here, and no clock but the log's: what comes of a partition
// depends on its records and marks alone, however they were cut into batches.
//
//   record ──► take ──┬► said of a vehicle in the table ──► telemetry, snapshot       mark ──► pass: windows that are due
//                     ├► said of any other ──► dead letter `unknown-sender`
//                     ├► refused ──► dead letter
//                     └► not readable before an edge node is born again ──► rebirth
import { placeOf, type NewRecord, type StoredRecord } from '../eventlog/event-log.ts'
import { arrivedOf, foreignLetter, foreignLimits, type Arrived } from '../eventlog/foreign-record.ts'
import { partitionOf } from '../eventlog/partition.ts'
import { rebirthRecord } from '../eventlog/rebirth-record.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'
import { createTimers, type Timers } from '../engine/timers.ts'
import type { VehicleSaid, Taken, Translation } from '../mapping/foreign.ts'
import type { VehicleTable } from '../model/vehicle-table.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import type { TranslatorLimits } from './limits.ts'
import { Memories, type Forgotten, type Sender } from './memories.ts'
import { add, countsOf, countValues, unknownSender, type ToldCounts } from './told.ts'
import { VehicleLines } from './vehicle-lines.ts'

export type TranslatingOptions = {
  readonly translations: readonly Translation[]
  /** By mapping. */
  readonly senders: ReadonlyMap<string, VehicleTable>
  readonly tenant: string
  readonly clockAheadMs: number
  readonly partitions: number
  readonly state: Pick<StateStore, 'get' | 'range'>
  readonly task: string
  readonly generation: string
  readonly limits: TranslatorLimits
  /** Whether edge nodes of Sparkplug B are asked for their births. */
  readonly asksForRebirths: boolean
  /** Told of what a mapping throws, which is a fault of ours: with its name and where, never with
   *  what came. */
  readonly onFault: (mapping: string, cause: unknown) => void
}

export type SettledRound = {
  readonly state: readonly StateChange[]
  readonly outputs: readonly NewRecord[]
  readonly told: ToldCounts
}

const nothingTaken: Taken = { said: [], refused: null }

export class Translating {
  readonly #options: TranslatingOptions
  readonly #translations: ReadonlyMap<string, Translation>
  /** By mapping the vehicles in its table. */
  readonly #vehicles: ReadonlyMap<string, ReadonlySet<string>>
  readonly #memories: Memories
  readonly #lines: VehicleLines
  /** By partition, when something of a sender is due. */
  readonly #due: readonly Timers[]
  /** Keys of senders of which something is open: it becomes complete though nothing comes. */
  readonly #open = new Set<string>()
  #outputs: NewRecord[] = []
  #told: ToldCounts = new Map()

  constructor(options: TranslatingOptions) {
    const { translations, senders, partitions } = options
    this.#options = options
    this.#translations = new Map(translations.map((translation) => [translation.name, translation]))
    this.#vehicles = new Map([...senders].map(([mapping, table]) => [mapping, new Set(table.values())]))
    this.#memories = new Memories({ ...options, mappings: new Set(this.#translations.keys()) })
    this.#lines = new VehicleLines(options)
    this.#due = Array.from({ length: partitions }, createTimers)
    for (const sender of this.#memories.all()) this.#askFor(sender)
  }

  /** Senders remembered. */
  get size(): number {
    return this.#memories.size
  }

  /** Senders of which something is open. */
  get open(): number {
    return this.#open.size
  }

  /** The log time at which something of the partition is due; Infinity when nothing is. */
  dueAt(partition: number): number {
    return this.#due[partition]!.nextAt() ?? Infinity
  }

  take(record: StoredRecord): void {
    const arrived = arrivedOf(record)
    if (arrived === undefined) return this.#refuseRecord(record)
    const { mapping, sender: name, receivedAt } = arrived
    countsOf(this.#told, mapping).taken += 1
    const letter = { arrived, position: placeOf(record) }
    const translation = this.#translations.get(mapping)
    if (translation === undefined)
      return this.#refuse(letter, 'no-mapping', `The mapping ${mapping} is not among ROADSTREAM_MAPPINGS.`)
    const sender = this.#memories.hear(mapping, name, receivedAt)
    const taken = this.#guarded(sender, letter, () => translation.take(sender.memory, arrived))
    this.#speak(sender, letter, taken)
    // A message that a broker had kept is old by nobody knows how much.
    if (!arrived.retained) this.#heed(sender, taken.rebirth, receivedAt)
    this.#memories.touch(sender)
    this.#askFor(sender)
  }

  /** Lets log time in the partition reach `logAt`: all that was appended to it before has been
   *  taken. */
  pass(partition: number, logAt: number): void {
    if (this.dueAt(partition) > logAt) return
    for (const key of this.#due[partition]!.fire(logAt, Infinity)) {
      const sender = this.#memories.get(key)
      if (sender === undefined || this.#dueAtOf(sender) > logAt) {
        if (sender !== undefined) this.#askFor(sender)
        continue
      }
      const taken = this.#passed(sender, logAt)
      this.#speak(sender, this.#letterOf(sender), taken)
      this.#heed(sender, taken.rebirth, logAt)
      // A window that is still due would be due for ever.
      if (this.#dueAtOf(sender) <= logAt) {
        add(countsOf(this.#told, sender.mapping).forgotten, 'stuck')
        this.#reset(sender)
      }
      this.#memories.touch(sender)
      this.#askFor(sender)
    }
  }

  /** The commit of all since the last time. */
  settle(): SettledRound {
    const senders = this.#memories.takeChanges((forgotten) => this.#forget(forgotten))
    const settled = { state: [...senders, ...this.#lines.takeChanges()], outputs: this.#outputs, told: this.#told }
    this.#outputs = []
    this.#told = new Map()
    return settled
  }

  /** Open windows of it are said before it goes. */
  #forget({ sender, why }: Forgotten): void {
    add(countsOf(this.#told, sender.mapping).forgotten, why)
    if (why === 'size' && sender.asked?.isAnswered === true) sender.asked = { ...sender.asked, isInVain: true }
    const dueAt = this.#dueAtOf(sender)
    if (dueAt < Infinity) this.#speak(sender, this.#letterOf(sender), this.#passed(sender, dueAt))
    this.#open.delete(sender.key)
  }

  #passed(sender: Sender, at: number): Taken {
    const translation = this.#translations.get(sender.mapping)!
    return this.#guarded(sender, this.#letterOf(sender), () => translation.pass(sender.memory, at))
  }

  /** A translation throws by a fault of ours alone. Its memory may be half changed then. */
  #guarded(sender: Sender, letter: Letter, translate: () => Taken): Taken {
    try {
      return translate()
    } catch (cause) {
      this.#options.onFault(sender.mapping, cause)
      this.#reset(sender)
      this.#refuse(letter, 'fault', `The mapping ${sender.mapping} failed on it, which is a fault of ours.`, sender)
      return nothingTaken
    }
  }

  #reset(sender: Sender): void {
    sender.memory = {}
  }

  #dueAtOf({ mapping, memory }: Sender): number {
    const at = this.#translations.get(mapping)!.dueAt(memory)
    return Number.isNaN(at) ? Infinity : at
  }

  #askFor(sender: Sender): void {
    const at = this.#dueAtOf(sender)
    if (at < Infinity) this.#open.add(sender.key)
    else this.#open.delete(sender.key)
    if (at < Infinity) this.#due[partitionOf(sender.key, this.#options.partitions)]!.ask(sender.key, at)
  }

  #speak(sender: Sender, letter: Letter, { said, refused }: Taken): void {
    for (const each of said) if (each.samples.length > 0) this.#say(sender, letter, each)
    if (refused !== null) this.#refuse(letter, refused.reason, refused.detail, sender)
  }

  #heed(sender: Sender, rebirth: Taken['rebirth'], at: number): void {
    const { asksForRebirths, limits } = this.#options
    const { asked } = sender
    if (rebirth?.is === 'heard' && asked !== undefined) sender.asked = { ...asked, isAnswered: true }
    // A clock that was put back by more counts as time that passed.
    const isSoon = asked !== undefined && Math.abs(at - asked.at) < limits.rebirthEveryMs
    if (!asksForRebirths || rebirth?.is !== 'needed' || isSoon || asked?.isInVain === true) return
    const counts = countsOf(this.#told, sender.mapping)
    counts.rebirths += 1
    if (asked?.isAnswered === false) counts.unanswered += 1
    sender.asked = { at, isAnswered: false }
    this.#outputs.push(rebirthRecord(sender.key, rebirth, at))
  }

  #say(sender: Sender, letter: Letter, { foreignId, samples }: VehicleSaid): void {
    const { senders } = this.#options
    const counts = countsOf(this.#told, sender.mapping)
    const vehicle = senders.get(sender.mapping)?.get(foreignId)
    if (vehicle === undefined) {
      add(counts.unknown, foreignId.slice(0, foreignLimits.detailChars))
      const payload = Buffer.from(JSON.stringify({ samples }))
      const kept = {
        ...letter,
        arrived: { ...letter.arrived, payload: payload.subarray(0, foreignLimits.payloadBytes) },
      }
      this.#refuse(
        { ...kept, foreignId },
        unknownSender,
        `${sender.mapping} has no vehicle for this id in ROADSTREAM_SENDERS.`,
      )
      return
    }
    sender.vehicle = sender.vehicle === undefined || sender.vehicle === vehicle ? vehicle : null
    const records = this.#lines.say(vehicle, samples, letter.arrived.receivedAt, ({ signals }) =>
      this.#refuse(
        letter,
        'too-large',
        `A value of ${Object.keys(signals).join()} does not fit into a message.`,
        sender,
      ),
    )
    counts.said += records.length
    counts.samples += samples.length
    countValues(counts, samples)
    for (const record of records) this.#outputs.push(record)
  }

  /** Where all that a sender has said is of one vehicle, what is refused of it is that
   *  vehicle's. */
  #refuse({ arrived, position, foreignId }: Letter, reason: string, detail: string, sender?: Sender): void {
    const { mapping } = arrived
    const vehicle = sender?.vehicle ?? undefined
    const isKnown = vehicle !== undefined && this.#vehicles.get(mapping)?.has(vehicle) === true
    const key = isKnown ? vehicleKey({ tenant: this.#options.tenant, vehicle }) : undefined
    const refusal = {
      reason,
      detail,
      ...(position !== undefined && { position }),
      ...(foreignId !== undefined && { foreignId: foreignId.slice(0, foreignLimits.detailChars) }),
    }
    this.#outputs.push(foreignLetter(arrived, refusal, key))
    add(countsOf(this.#told, mapping).refused, reason)
  }

  /** Refuses a record that nothing of ours appended. */
  #refuseRecord(record: StoredRecord): void {
    const arrived = {
      mapping: 'none',
      sender: '',
      address: '',
      payload: record.value,
      retained: false,
      receivedAt: record.receivedAt,
    }
    this.#refuse({ arrived, position: placeOf(record) }, 'shape', 'The record is of no publisher.')
  }

  /** Of what is said or refused without a message. */
  #letterOf({ key, mapping, heardAt }: Sender): Letter {
    const sender = key.slice(mapping.length + 2)
    return {
      arrived: { mapping, sender, address: '', payload: new Uint8Array(), retained: false, receivedAt: heardAt },
    }
  }
}

/** The parts a dead letter is made of. */
type Letter = { readonly arrived: Arrived; readonly position?: string; readonly foreignId?: string }
