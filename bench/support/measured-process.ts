// Processes under measure: pinned to a core where `taskset` is there, ended with whoever started
// them, their CPU and memory read from /proc.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Moves this process to a core. */
export const pinTo = (core: number): void => void spawnSync('taskset', ['-a', '-cp', String(core), String(process.pid)])

/** The report of a program of ours: one line of JSON at a time. */
export type Report = Readonly<Record<string, number>>

export type MeasuredProcess = AsyncDisposable & {
  readonly pid: number
  /** Undefined while it runs. */
  readonly exitCode: () => number | null
  /** The next line of JSON it prints. Rejects when it ends before. */
  report(): Promise<Report>
  /** Writes a line to its standard input and gives what it reports next. */
  ask(question: string): Promise<Report>
}

export const canMeasure = process.platform === 'linux'
export const canPin =
  canMeasure && availableParallelism() > 1 && spawnSync('taskset', ['-p', String(process.pid)]).status === 0

/** A core, or several as a list `taskset` takes. */
export type Cores = number | string

/** Starts a program on a core; undefined: wherever the system puts it. Complaints of it are shown
 *  unless they are not ours to mend. */
export function startProgram(
  core: Cores | undefined,
  program: string,
  args: readonly string[],
  complaints: 'inherit' | 'ignore' = 'inherit',
): MeasuredProcess {
  const [file, ...rest] =
    canPin && core !== undefined ? ['taskset', '-c', String(core), program, ...args] : [program, ...args]
  // As run.mjs starts it.
  const env = { UV_THREADPOOL_SIZE: '16', ...process.env, NODE_NO_WARNINGS: '1' }
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', complaints], env })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const report = async (): Promise<Report> => {
    const next = await lines.next()
    if (next.done === true)
      throw new Error(`${[program, ...args].join(' ')} ended before it said what was asked of it.`)
    return JSON.parse(next.value) as Report
  }
  return {
    pid: child.pid!,
    exitCode: () => child.exitCode,
    report,
    ask(question) {
      child.stdin.write(`${question}\n`)
      return report()
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Starts a file of bench/ under this Node; `root`: of another checkout. */
export function startNode(
  core: Cores | undefined,
  file: string,
  args: readonly (string | number)[],
  flags: readonly string[] = [],
  root: string = join(import.meta.dirname, '../..'),
): MeasuredProcess {
  const path = join(root, 'bench', file)
  return startProgram(core, process.execPath, [...process.execArgv, ...flags, path, ...args.map(String)])
}

/** User and system seconds of a process so far; in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Resident memory. Not the proportional share (PSS): that changes with how many other processes
 *  map the same program. */
export const memoryBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
