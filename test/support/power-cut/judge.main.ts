// Cuts the power at moments of a trace, drawn by a seed, and judges the log that a disk may have
// then. In a process of its own, since native code may end a process on a damaged file; a line for
// each cut on standard output, a CutReport. Run as: judge.main.ts with one argument, as JSON a
// JudgeTask and `scratch`, a folder that may be emptied.
import { mkdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join, relative } from 'node:path'
import { seeded } from '../../../src/base/seeded.testing.ts'
import { Disk, remainders, type Remainder } from './disk.ts'
import { judge } from './judge.ts'
import { readTrace, type Call } from './trace.ts'
import type { CutReport, JudgeTask } from './run.ts'
import { hear, newSaid, type Said } from './words.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as run.ts gives it
const task = JSON.parse(process.argv[2] ?? '') as JudgeTask & { readonly scratch: string }
const { folder, trace, said: saidFile, cuts, seed, lie, untilFault, scratch } = task
const random = seeded(seed)
const calls = readTrace(trace)
/** A file of readers, left by processes that are gone. */
const stale = readFileSync(join(folder, 'data/log/lock.mdb'))

const firstShare = 0.3
const firstCalls = 150

/** As many moments as are asked for, each before a call on the log and after all that was said
 *  until then. Some are among the first calls, by which the log is made. */
function drawMoments(): ReadonlySet<number> {
  const all = calls.flatMap(({ path }, index) => (path === saidFile ? [] : [index]))
  all.push(calls.length)
  const draw = (): number => all[Math.floor(random() * (random() < firstShare ? firstCalls : all.length))]!
  return new Set(Array.from({ length: cuts }, draw))
}

/** The last calls before a cut, for a person. */
const callsBefore = (index: number): string =>
  calls
    .slice(Math.max(0, index - 12), index)
    .map(({ kind, path, at, data }) =>
      kind === 'end' ? '.' : `${kind} ${relative(folder, path)} ${data.byteLength}@${at}`,
    )
    .join(' ')

const remainderOf = (): Remainder => remainders[Math.floor(random() * remainders.length)]!

function readersFile(): Uint8Array | undefined {
  const drawn = Math.floor(random() * 4)
  if (drawn === 0) return undefined
  return drawn === 1 ? Buffer.alloc(0) : drawn === 2 ? stale : stale.map((byte) => (random() < 0.01 ? byte ^ 255 : byte)) // prettier-ignore
}

async function cut(disk: Disk, said: Said, index: number): Promise<boolean> {
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch)
  const one = random() < 0.7 ? remainderOf() : undefined
  disk.cut(scratch, random, () => one ?? remainderOf(), readersFile)
  const file = join(scratch, 'data/log/data.mdb')
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const about: CutReport = { index, remainder: one ?? 'mixed', stored: said.stored.size, bytes }
  tell({ ...about, fault: 'the process ended without a word' })
  try {
    await judge(join(scratch, 'data/log'), said)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    tell({ ...about, fault: `${what}\n  after ${callsBefore(index)}` })
    return false
  }
  tell(about)
  return true
}

/** The last line of a cut is what came of it. */
const tell = (report: CutReport): unknown => writeSync(1, `${JSON.stringify(report)}\n`)

async function run(): Promise<void> {
  const disk = new Disk(folder, lie)
  const said = newSaid()
  const moments = drawMoments()
  const apply = (call: Call): void => {
    if (call.path !== saidFile) disk.apply(call)
    else if (call.kind === 'write') hear(said, call.data.toString())
  }
  for (let index = 0; index <= calls.length; index += 1) {
    if (moments.has(index) && !(await cut(disk, said, index)) && untilFault) return
    if (index < calls.length) apply(calls[index]!)
  }
}

await run()
