// The state of stream tasks in the environment of the log. A commit rides in the transaction that
// appends its outputs, so state and positions of all its tasks and the outputs are durable together
// or not at all.
import type { Positions } from '../event-log.ts'
import type { StateStore, TaskCommit } from '../state-store.ts'
import type { Environment } from './environment.ts'
import { sealBytes, writeSeal } from './sealed-values.ts'
import type { Writer } from './writer.ts'

/** Of the task's name and the key together, in UTF-8; LMDB takes 1,978. */
export const stateKeyBytesMax = 1_900
/** Entries read at a time, so that a range over all of a task does not hold all of it in memory;
 *  fewer when their values have `rangeStepBytes`. */
const rangeStep = 1_000
const rangeStepBytes = 1024 * 1024
/** Entries that one transaction of a clear removes: some milliseconds in which nothing else is
 *  written. */
const clearStep = 5_000
/** Parts the task's name from the key. No name has it, so no task sees another's keys. */
const separator = 0

export type StateStoreOptions = {
  readonly env: Environment
  readonly writer: Writer
  readonly refuseClosed: () => void
}

export function createLmdbStateStore({ env, writer, refuseClosed }: StateStoreOptions): StateStore {
  const prefixes = new Map<string, Buffer>()

  const prefixOf = (task: string): Buffer => {
    let prefix = prefixes.get(task)
    if (prefix === undefined) {
      if (task === '' || task.includes('\0')) throw new RangeError('A task has a name, and no zero byte in it.')
      prefixes.set(task, (prefix = Buffer.from(`${task}\0`)))
    }
    return prefix
  }

  return {
    positions: (task) => {
      refuseClosed()
      env.refresh()
      return env.tasks.getJson<Positions>(prefixOf(task)) ?? {}
    },

    get: (task, key) => {
      refuseClosed()
      env.refresh()
      return env.state.getBinary(stateKey(prefixOf(task), key))
    },

    range: (task, prefix) => {
      refuseClosed()
      return readRange(env, prefixOf(task), prefix)
    },

    tasks: () => {
      refuseClosed()
      env.refresh()
      return Array.from(env.tasks.getKeys(), (key) => Buffer.from(key).toString('utf8', 0, key.byteLength - 1))
    },

    commit: async (commits, outputs) => {
      refuseClosed()
      const changes = copyChanges(commits, prefixOf)
      const rows = positionRows(commits, prefixOf)
      const work = (): void => {
        const { keys, values, ends } = changes
        let start = 0
        for (const [i, key] of keys.entries()) {
          const end = ends[i]!
          if (end < 0) env.state.removeSync(key)
          else {
            env.state.putSealed(key, values.subarray(start, end))
            start = end
          }
        }
        for (const { prefix, positions } of rows) env.tasks.putSync(prefix, positions)
      }
      await writer.append(outputs, { bytes: changes.values.byteLength, work })
    },

    clear: async (task) => {
      refuseClosed()
      const prefix = prefixOf(task)
      if (env.tasks.getBinary(prefix) !== undefined)
        await env.transact(() => env.tasks.putSync(prefix, Buffer.from('{}')))
      for (;;) if (await env.transact(() => removeSome(env, prefix))) return
    },
  }
}

/** Removes entries of a task, and at last the task; true when nothing is left. Only inside a
 *  transaction. */
function removeSome(env: Environment, prefix: Buffer): boolean {
  const keys = Array.from(env.state.getKeys({ start: prefix, end: afterAll(prefix), limit: clearStep }))
  for (const key of keys) env.state.removeSync(key)
  if (keys.length === clearStep) return false
  env.tasks.removeSync(prefix)
  return true
}

function* readRange(env: Environment, taskPrefix: Buffer, prefix: string): Generator<readonly [string, Uint8Array]> {
  let start = stateKey(taskPrefix, prefix)
  const end = afterAll(start)
  for (;;) {
    const step = readStep(env, start, end)
    for (const { key, value } of step.entries) yield [keyText(key, taskPrefix.byteLength), value]
    if (step.isLast) return
    start = Buffer.concat([step.entries.at(-1)!.key, Buffer.of(separator)])
  }
}

type Entry = { readonly key: Uint8Array; readonly value: Uint8Array }

function readStep(
  env: Environment,
  start: Buffer,
  end: Buffer,
): { readonly entries: readonly Entry[]; readonly isLast: boolean } {
  env.refresh()
  const entries: Entry[] = []
  let bytes = 0
  for (const entry of env.state.getRange({ start, end })) {
    entries.push(entry)
    bytes += entry.value.byteLength
    if (entries.length === rangeStep || bytes >= rangeStepBytes) return { entries, isLast: false }
  }
  return { entries, isLast: true }
}

const keyText = (key: Uint8Array, prefixBytes: number): string =>
  (key instanceof Buffer ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)).toString('utf8', prefixBytes)

function stateKey(prefix: Buffer, key: string): Buffer {
  const bytes = Buffer.allocUnsafe(prefix.byteLength + Buffer.byteLength(key))
  if (bytes.byteLength > stateKeyBytesMax)
    throw new RangeError(
      `A state key and the name of its task have at most ${stateKeyBytesMax} bytes; these have ${bytes.byteLength}.`,
    )
  bytes.set(prefix)
  bytes.write(key, prefix.byteLength)
  return bytes
}

/** Sorts after everything that begins with `prefix`: UTF-8 has no byte 0xff. */
const afterAll = (prefix: Buffer): Buffer => Buffer.concat([prefix, Buffer.of(0xff)])

type Changes = { readonly keys: readonly Buffer[]; readonly values: Buffer; readonly ends: Float64Array }

/** The positions of each task as bytes; tasks that stand at the same object share them. */
function positionRows(commits: readonly TaskCommit[], prefixOf: (task: string) => Buffer) {
  const bytes = new Map<Positions, Buffer>()
  return commits.map(({ task, positions }) => {
    let found = bytes.get(positions)
    if (found === undefined) bytes.set(positions, (found = Buffer.from(JSON.stringify(positions))))
    return { prefix: prefixOf(task), positions: found }
  })
}

/** Copies the values into one buffer, each with its checksum behind it: the caller keeps its bytes,
 *  and the driver asks for one address instead of thousands. */
function copyChanges(commits: readonly TaskCommit[], prefixOf: (task: string) => Buffer): Changes {
  let bytes = 0
  let count = 0
  for (const { state } of commits) {
    count += state.length
    for (const { value } of state) if (value !== undefined) bytes += value.byteLength + sealBytes
  }
  const values = Buffer.allocUnsafeSlow(bytes)
  const ends = new Float64Array(count)
  const keys: Buffer[] = []
  let end = 0
  for (const { task, state } of commits) {
    const prefix = prefixOf(task)
    for (const { key, value } of state) {
      const stored = stateKey(prefix, key)
      if (value !== undefined) {
        values.set(value, end)
        end = writeSeal(stored, values, end, end + value.byteLength)
      }
      ends[keys.length] = value === undefined ? -1 : end
      keys.push(stored)
    }
  }
  return { keys, values, ends }
}
