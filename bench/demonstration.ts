// The cost of the demonstration: bytes on the disk for each message, by where they are, CPU, and
// memory. The first minutes, in which files grow to their size, do not count.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { reachServer } from '../src/storage/postgres/embedded/running-server.ts'
import { processTree } from '../test/support/process-tree.ts'
import { startSystem, temporaryFolder, type RunningSystem } from '../test/support/running-system.ts'
import { diskBytes } from './support/disk-bytes.ts'
import { memoryByProcess } from './support/process-family.ts'

export const title = 'The demonstration for an hour: bytes on the disk a message, CPU and memory of all processes'

const root = join(import.meta.dirname, '..')
const tickMs = 10
const settleMinutes = 10

type Sizes = { readonly [where: string]: number }
type State = { readonly at: number; readonly messages: number; readonly cpuMs: number; readonly sizes: Sizes }

export async function run({ minutes = 60 } = {}): Promise<void> {
  using folder = temporaryFolder()
  const command = [process.execPath, join(root, 'run.mjs')] as const
  const system = await startSystem({ dataDir: folder.path, args: ['--demo'], command })
  try {
    await wait(Math.min(settleMinutes, minutes) * 60_000)
    const before = await stateOf(folder.path, system)
    await wait(minutes * 60_000)
    tell(before, await stateOf(folder.path, system))
    const processes = memoryByProcess(system.process.pid ?? 0)
    const sum = processes.reduce((all, { ownMb, sharedMb }) => all + ownMb + sharedMb, 0)
    say(`memory of its own after that, of ${processes.length} processes: ${sum.toFixed(0)} MB`)
  } finally {
    await system.stop()
  }
}

const say = (line: string): void => void process.stdout.write(`  ${line}\n`)

function tell(before: State, after: State): void {
  const messages = after.messages - before.messages
  const ms = after.at - before.at
  say(`${messages.toLocaleString('en')} messages in ${(ms / 60_000).toFixed(0)} minutes`)
  say(`CPU: ${(((after.cpuMs - before.cpuMs) / ms) * 100).toFixed(1)} % of a core, the cars included`)
  say('bytes a message, as the files grew, and as what is in them did:')
  const names = new Set([...Object.keys(before.sizes), ...Object.keys(after.sizes)])
  const grown = Array.from(names, (name) => ({
    name,
    bytes: ((after.sizes[name] ?? 0) - (before.sizes[name] ?? 0)) / messages,
    total: after.sizes[name] ?? 0,
  }))
  for (const { name, bytes, total } of grown.toSorted((a, b) => b.bytes - a.bytes))
    if (Math.abs(bytes) >= 0.5)
      say(`  ${name.padEnd(34)}${bytes.toFixed(1).padStart(9)}  of ${(total / 2 ** 20).toFixed(1)} MB`)
}

async function stateOf(dir: string, { process: { pid } }: RunningSystem): Promise<State> {
  const messages = await messagesIn(join(dir, 'log'))
  const cpuMs = processTree(pid ?? 0).reduce((sum, { ticks }) => sum + ticks * tickMs, 0)
  const files: Record<string, number> = { 'all files': diskBytes(dir) }
  for (const name of readdirSync(dir)) files[`files: ${name}`] = diskBytes(join(dir, name))
  files['files: postgres, its log of writes'] = diskBytes(join(dir, 'postgres', 'cluster', 'pg_wal'))
  return { at: performance.now(), messages, cpuMs, sizes: { ...files, ...(await tablesIn(join(dir, 'postgres'))) } }
}

/** Of uplink topics, damaged and dropped ones included. */
async function messagesIn(dir: string): Promise<number> {
  const partitions = 8
  await using opened = openLmdbLog({ dir, partitions, topics: uplinkTopics, sweepEveryMs: 0 })
  let messages = 0
  for (const { name } of uplinkTopics)
    for (let partition = 0; partition < opened.log.partitionsOf(name); partition++)
      messages += (await opened.log.bounds(name, partition)).end
  return messages
}

/** With indexes and what is stored out of line; partitions as their table. */
async function tablesIn(dir: string): Promise<Sizes> {
  using server = reachServer(dir)
  const client = new Client(server.address)
  await client.connect()
  try {
    const { rows } = await client.query<{ readonly name: string; readonly bytes: string }>(
      `select coalesce(inhparent::regclass::text, relname) as name, sum(pg_total_relation_size(pg_class.oid)) as bytes
       from pg_class left join pg_inherits on inhrelid = pg_class.oid
       where relkind = 'r' and relnamespace = 'public'::regnamespace group by 1`,
    )
    return Object.fromEntries(rows.map(({ name, bytes }) => [`table: ${name}`, Number(bytes)]))
  } finally {
    await client.end()
  }
}
