// The state of the jobs as it is with another number of partitions: of each vehicle it goes with
// the vehicle to the task of the partition that its key falls into. That is possible where nothing
// is under way: each task has read all there is, saved all of its state, and derives nothing anew.
import { readBase, readEntries, type Base } from '../engine/journal.ts'
import type { Positions } from '../eventlog/event-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import type { StateToCarry } from './carry-state.ts'
import { notDone } from './regroup-positions.ts'

type Readable = Pick<StateToCarry, 'tasks' | 'range'>

export type RegroupedStateOptions = {
  readonly state: Readable
  /** Numbers of partitions. */
  readonly from: number
  readonly to: number
  /** The positions of the task of a partition, as those of another. */
  readonly moved: (who: string, positions: Positions, was: number, becomes: number) => Positions
}

const taskForm = /^(.+)\/(\d+)$/
const settingsName = 'settings'
const baseKey = 'base'
const timeKey = 'time'
/** Entries of a key begin with one of these; those of the journal count no more after a
 *  checkpoint. */
const partForm = /^part\/([^/]*\/[^/]*)\//
const timerForm = /^timer\/(.*)$/s
const journalForm = /^batch\//

type Entry = readonly [key: string, value: Uint8Array]

/** To be carried as it is; nothing is written to it. Throws Outage MOVE_UNREAD where a task is not
 *  done. */
export function regroupedState({ state, from, to, moved }: RegroupedStateOptions): StateToCarry {
  const names = groupsOf(state.tasks())
  const bases = new Map(
    [...names].filter((name) => name !== settingsName).map((name) => [name, basesOf(state, name, from)]),
  )
  const read = (task: string): { readonly name: string; readonly partition: number } => {
    const [, name = '', number] = taskForm.exec(task) ?? []
    return { name, partition: Number(number) }
  }
  const positions = (task: string): Positions => {
    const { name, partition } = read(task)
    if (name === settingsName) return {}
    const was = partition % from
    return moved(task, bases.get(name)![was]!.positions, was, partition)
  }

  function* entries(name: string, partition: number): Iterable<Entry> {
    const own = bases.get(name)!
    const place = (key: string): boolean => partitionOf(key, to) === partition
    for (const [key, value] of inByteOrder(own.map((_, each) => state.range(`${name}/${each}`, '')))) {
      if (key === baseKey || key === timeKey || journalForm.test(key)) continue
      const owner = (partForm.exec(key) ?? timerForm.exec(key))?.[1]
      if (owner === undefined) throw notDone(`${name} keeps ${JSON.stringify(key.slice(0, 40))} of no vehicle`)
      if (place(owner)) yield [key, value]
    }
  }

  function* range(task: string): Iterable<Entry> {
    const { name, partition } = read(task)
    if (name === settingsName) {
      yield* state.range(`${settingsName}/${partition % from}`, '')
      return
    }
    const own = bases.get(name)!
    const logAt = greatest(own.map((base) => base.logAt))
    const base: Base = {
      ...own[partition % from]!,
      positions: positions(task),
      logAt,
      since: greatest(own.map(({ since }) => since)),
      quarantined: own.flatMap(({ quarantined }) => quarantined.filter((key) => partitionOf(key, to) === partition)),
      noted: {},
    }
    const made: Entry[] = [
      [baseKey, Buffer.from(JSON.stringify(base))],
      [timeKey, Buffer.from(JSON.stringify({ logAt, partition: null }))],
    ]
    yield* inByteOrder([made, entries(name, partition)])
  }

  const refuse = (): never => {
    throw new TypeError('The state that is moved is read alone.')
  }
  return {
    tasks: () =>
      [...names].flatMap((name) => Array.from({ length: to }, (_, partition) => `${name}/${partition}`)).sort(byBytes),
    positions,
    range,
    commit: refuse,
    clear: refuse,
  }
}

/** Names of tasks without the number of their partition. */
function groupsOf(tasks: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const task of tasks) {
    const name = taskForm.exec(task)?.[1]
    // Of a time when the settings of the jobs were not kept by partition: each has them since.
    if (name === undefined && task !== settingsName) throw notDone(`the state has ${task}, which is of no partition`)
    if (name !== undefined) names.add(name)
  }
  const jobs = new Set([...names].map((name) => name.replace(/@\d+$/, '')))
  if (jobs.size < names.size) throw notDone('a job is still derived anew')
  return names
}

function basesOf(state: Readable, name: string, partitions: number): readonly Base[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const task = `${name}/${partition}`
    const base = readBase({ get: (own, key) => entryOf(state, own, key) }, task)
    if (base?.stage !== 'live') throw notDone(`${task} is still derived anew`)
    if (readEntries(state, task, base.generation).length > 0) throw notDone(`${task} was not stopped in order`)
    return base
  })
}

function entryOf(state: Readable, task: string, key: string): Uint8Array | undefined {
  for (const [found, value] of state.range(task, key)) if (found === key) return value
  return undefined
}

const greatest = (all: readonly (number | null)[]): number | null => {
  const known = all.filter((each) => each !== null)
  return known.length === 0 ? null : Math.max(...known)
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Entries of several ranges, each in the order of its keys' bytes, as one such range. */
function* inByteOrder(ranges: readonly Iterable<Entry>[]): Iterable<Entry> {
  const heads = ranges.map((range) => ({ rest: range[Symbol.iterator](), entry: undefined as Entry | undefined }))
  for (const head of heads) head.entry = next(head.rest)
  for (;;) {
    let first: (typeof heads)[number] | undefined
    for (const head of heads)
      if (head.entry !== undefined && (first?.entry === undefined || byBytes(head.entry[0], first.entry[0]) < 0))
        first = head
    if (first?.entry === undefined) return
    const { entry } = first
    first.entry = next(first.rest)
    yield entry
  }
}

function next(rest: Iterator<Entry>): Entry | undefined {
  const found = rest.next()
  return found.done === true ? undefined : found.value
}
