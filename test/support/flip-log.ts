// A log to be damaged: small, large and packed blocks, several topics and partitions, some state;
// and what becomes of it when one bit is flipped.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { gatherEntries } from '../../src/eventlog/lmdb/gather-entries.ts'
import { treeNames } from '../../src/eventlog/lmdb/check-file.ts'
import { headBytes, nodesOf, openPageFile, pageFlag } from '../../src/eventlog/lmdb/page-file.ts'
import { entriesOf, namedTrees, newestMeta, newWalk, takeFree } from '../../src/eventlog/lmdb/page-tree.ts'

/** Of a meta page, with its head. */
const metaBytes = 160

export const flipLog = { partitions: 3, topics: [{ name: 'telemetry' }, { name: 'event' }, { name: 'dead-letter' }] }

/** Outcomes of one flip. The last three are faults of ours. */
export const outcomes = [
  'nothing was touched',
  'read past, and the range told',
  'refused with the remedy, and salvaged',
  'refused with the remedy, and only a backup helps',
  'a wrong record',
  'missing without a word',
  'ended without a word',
] as const
export type Outcome = (typeof outcomes)[number]
export const faulty: ReadonlySet<Outcome> = new Set(outcomes.slice(4))

/** Makes the log; gives what is in it. */
export async function makeFlipLog(dir: string, random: () => number): Promise<Reading> {
  {
    const merging = { bytes: 6_000, ageMs: 3_600_000, spanMs: 3_600_000, restMs: 0 }
    await using opened = openLmdbLog({ dir, ...flipLog, sweepEveryMs: 0, merging })
    for (let commit = 0; commit < 250; commit += 1) {
      const count = 1 + Math.floor(random() * (commit % 10 === 0 ? 60 : 4))
      const records = Array.from({ length: count }, (_, n) => ({
        topic: flipLog.topics[Math.floor(random() * 3)]!.name,
        key: `demo/car-${Math.floor(random() * 20)}`,
        value: Buffer.from(`${commit}/${n} `.padEnd(20 + Math.floor(random() * 600), 'x')),
        at: 1_700_000_000_000 + commit,
        ...(random() < 0.2 ? { headers: { reason: 'shape' } } : {}),
      }))
      const state = [
        { key: `part/${commit % 40}`, value: Buffer.from(String(commit).repeat(1 + Math.floor(random() * 200))) },
      ]
      await opened.state.commit([{ task: 'sessions', positions: { 'event/0': commit }, state }], records)
      if (commit === 150) await opened.sweep()
    }
  }
  // The reader writes to it afterwards.
  const copy = `${dir}-read`
  cpSync(dir, copy, { recursive: true })
  return readLog(copy)
}

export type Reading = {
  readonly records: ReadonlyMap<string, string>
  readonly gaps: readonly { readonly place: string; readonly from: number; readonly to: number }[]
  readonly ended: 'read' | 'refused' | 'died'
  readonly said: string
}

/** Opens and reads the log in a process of its own. */
export async function readLog(dir: string, salvage = false): Promise<Reading> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'read-log.main.ts'), dir, ...(salvage ? ['salvage'] : [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
      timeout: 60_000,
    },
  )
  let said = ''
  let complained = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text))
  const [code] = (await once(child, 'close')) as [number | null]
  const lines = said.trimEnd().split('\n')
  const last = lines.at(-1) ?? ''
  const ended = code !== 0 ? 'died' : last === 'read' ? 'read' : last.startsWith('refused ') ? 'refused' : 'died'
  const records = new Map<string, string>()
  const gaps: { place: string; from: number; to: number }[] = []
  for (const line of lines.slice(0, -1)) {
    const [first = '', second = '', third, fourth] = line.split(' ')
    if (first === 'gap') gaps.push({ place: second, from: Number(third), to: Number(fourth) })
    else if (first !== 'state') records.set(first, second)
  }
  return { records, gaps, ended, said: last + complained }
}

/** Pages of 4 KiB lost: the file cut, a page of zeros, a page of anything. */
export const pageLosses: Readonly<Record<string, (bytes: Buffer, random: () => number) => Uint8Array>> = {
  'cut short': (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.byteLength)),
  'with a page of zeros': (bytes, random) => fillPage(bytes, random, () => 0),
  'with a page of anything': (bytes, random) => fillPage(bytes, random, () => Math.floor(random() * 256)),
}

function fillPage(bytes: Buffer, random: () => number, byte: () => number): Uint8Array {
  const start = Math.floor((random() * bytes.byteLength) / 4096) * 4096
  return bytes.map((old, at) => (at >= start && at < start + 4096 ? byte() : old))
}

/** A bit of one of the stretches, each as likely as the others. */
export function bitIn(stretches: readonly (readonly [from: number, to: number])[], random: () => number): number {
  const [from, to] = stretches[Math.floor(random() * stretches.length)]!
  return from + Math.floor(random() * (to - from))
}

/** The bits of the file that stored blocks take. */
export function blockBits(dir: string): readonly (readonly [from: number, to: number])[] {
  using file = openPageFile(join(dir, 'data.mdb'))
  return [...gatherEntries(file).blocks.values()]
    .flat()
    .map(({ at, place }) => [at * 8, (at + place.bytes) * 8] as const)
}

/** The bits by which pages say what they are and where everything is: their heads, and the heads,
 *  keys and references of nodes. */
export function structureBits(dir: string): readonly (readonly [from: number, to: number])[] {
  using file = openPageFile(join(dir, 'data.mdb'))
  const meta = newestMeta(file, [])!
  const walk = newWalk(file, meta)
  const never = (): boolean => false
  for (const [name, tree] of namedTrees(walk, treeNames, never))
    for (const entry of entriesOf(walk, tree, name, never)) void entry
  takeFree(walk, never)
  const bits: (readonly [number, number])[] = []
  const add = (page: number, from: number, bytes: number): unknown =>
    bits.push([(page * file.pageBytes + from) * 8, (page * file.pageBytes + from + bytes) * 8])
  for (let number = 0; number <= meta.lastPage; number += 1) {
    const page = file.page(number)
    if (page?.number !== number || page.transaction > meta.transaction) continue
    add(number, 0, page.flags === pageFlag.meta ? metaBytes : headBytes)
    if (page.flags !== pageFlag.branch && page.flags !== pageFlag.leaf) continue
    const { nodes } = nodesOf(page)
    for (const [index, { key, big, isTree }] of nodes.entries()) {
      add(number, headBytes + 2 * index, 2)
      add(number, key.byteOffset - 8, 8 + key.byteLength + (big === undefined ? 0 : 24) + (isTree ? 48 : 0))
    }
  }
  return bits
}

export type Spoilt = { readonly outcome: Outcome; readonly said: string }

/** Flips a bit of a copy of the log and sees what becomes of it. */
export const flip = (dir: string, bit: number, whole: Reading, scratch: string): Promise<Spoilt> =>
  spoil(dir, (bytes) => bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)), whole, scratch)

/** Spoils a copy of the log and reads that, as a start would, and salvages it where a start refuses
 *  it. */
export async function spoil(
  dir: string,
  change: (bytes: Buffer) => Uint8Array,
  whole: Reading,
  scratch: string,
): Promise<Spoilt> {
  rmSync(scratch, { recursive: true, force: true })
  rmSync(`${scratch}-salvaged`, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  writeFileSync(join(scratch, 'data.mdb'), change(readFileSync(join(dir, 'data.mdb'))))
  const reading = await readLog(scratch)
  if (reading.ended !== 'refused') return { outcome: judge(reading, whole), said: reading.said }
  if (!reading.said.includes('LOG_DAMAGED') && !reading.said.includes('LOG_MISMATCH'))
    return { outcome: 'ended without a word', said: reading.said }
  const salvaged = await readLog(scratch, true)
  if (salvaged.ended === 'refused')
    return { outcome: 'refused with the remedy, and only a backup helps', said: salvaged.said }
  const outcome = judge(salvaged, whole)
  return {
    outcome: faulty.has(outcome) ? outcome : 'refused with the remedy, and salvaged',
    said: `${reading.said} / ${salvaged.said}`,
  }
}

function judge({ records, gaps, ended }: Reading, whole: Reading): Outcome {
  if (ended !== 'read') return 'ended without a word'
  for (const [place, hash] of records) if (whole.records.get(place) !== hash) return 'a wrong record'
  for (const place of whole.records.keys()) {
    const slash = place.lastIndexOf('/')
    const offset = Number(place.slice(slash + 1))
    if (
      !records.has(place) &&
      !gaps.some(
        (gap) => [place.slice(0, slash), 'anywhere'].includes(gap.place) && gap.from <= offset && offset < gap.to,
      )
    )
      return 'missing without a word'
  }
  return records.size === whole.records.size ? 'nothing was touched' : 'read past, and the range told'
}
