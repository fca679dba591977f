// One run of the traced program, and the cuts that are made of its trace.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { decodeBlockKey, packedVersion } from '../../../src/eventlog/lmdb/block-key.ts'
import { openEnvironment } from '../../../src/eventlog/lmdb/environment.ts'
import { Disk, type Lie, type Remainder } from './disk.ts'
import { buildLibrary, readTrace, runTraced } from './trace.ts'
import { partitions } from './words.ts'

export type JudgeTask = {
  /** Of the traced program, as it left it. */
  readonly folder: string
  readonly trace: string
  /** The file in which it said what was acknowledged. */
  readonly said: string
  readonly cuts: number
  readonly seed: number
  readonly lie?: Lie
  readonly untilFault?: boolean
}

export type CutReport = {
  /** In the trace. */
  readonly index: number
  /** Of what came after the last sync; mixed: another one of each file and folder. */
  readonly remainder: Remainder | 'mixed'
  /** Records acknowledged before. */
  readonly stored: number
  /** Of the log's file after the cut. */
  readonly bytes: number
  readonly fault?: string
}

export type TracedRun = Omit<JudgeTask, 'cuts' | 'seed'> & {
  readonly calls: number
  /** Of the log's file at the end. */
  readonly bytes: number
  /** Blocks there that took the place of others. */
  readonly packed: number
}

/** Runs the program twice on one log, so many appends an appender each: the first closes it, the
 *  second is killed. Asserts that the trace tells all that became of the log's file. */
export async function traceRun(scratch: string, appends: number): Promise<TracedRun> {
  const library = buildLibrary(scratch)
  const folder = join(realpathSync(scratch), 'traced')
  mkdirSync(folder)
  const trace = join(scratch, 'trace')
  const [dir, said] = [join(folder, 'data/log'), join(folder, 'said')]
  const program = join(import.meta.dirname, 'program.main.ts')
  const file = join(dir, 'data.mdb')
  for (const [round, ending, exit] of [
    ['1', 'close', 0],
    ['2', 'kill', 'SIGKILL'],
  ] as const) {
    // prettier-ignore
    const ended = await runTraced({ library, folder, trace }, program, [dir, said, round, String(appends), ending])
    assert.equal(ended, exit, 'the traced program ended as it was to')
    const disk = new Disk(folder)
    for (const call of readTrace(trace)) disk.apply(call)
    // The second run may be killed between a call and its note.
    if (ending === 'close') assert.ok(disk.seen(file)?.equals(readFileSync(file)), 'the trace tells all of the file')
    assert.deepEqual(disk.mapped(), ['data/log/lock.mdb'], 'nothing else is written without calls')
  }
  const calls = readTrace(trace)
  const packed = await countPacked(file, join(scratch, 'copy'))
  return { folder, trace, said, calls: calls.length, bytes: statSync(file).size, packed }
}

async function countPacked(file: string, copy: string): Promise<number> {
  mkdirSync(copy)
  copyFileSync(file, join(copy, 'data.mdb'))
  const env = openEnvironment({ dir: copy, partitions, bytesMax: 2 ** 30 })
  try {
    return [...env.blocks.getKeys()].filter((key) => decodeBlockKey(key).version === packedVersion).length
  } finally {
    await env.close()
  }
}

/** Cuts the trace of a run and gives what came of each cut. */
export async function judgeCuts(task: JudgeTask): Promise<CutReport[]> {
  // In memory where there is such a place: nothing is proved by waiting for another disk.
  const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'roadstream-cut-'))
  try {
    return await judgeIn({ ...task, scratch })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function judgeIn(task: JudgeTask & { readonly scratch: string }): Promise<CutReport[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'judge.main.ts'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const reports = new Map<number, CutReport>()
  for await (const line of createInterface({ input: child.stdout })) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as judge.main.ts tells it
    const report = JSON.parse(line) as CutReport
    reports.set(report.index, report)
  }
  return [...reports.values()]
}
