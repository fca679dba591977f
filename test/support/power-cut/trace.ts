// The trace that power-cut.c writes of a process: built here, loaded into a process, and read.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'

const kinds = [
  'write',
  'synced write',
  'truncate',
  'sync',
  'end',
  'made',
  'folder',
  'linked',
  'renamed',
  'removed',
  'mapped',
] as const
const headBytes = 24

/** `at`: where a write begins, how long a file is cut to, or of `end` what the call gave. `data`:
 *  the bytes written, or of `linked` and `renamed` the new path. */
export type Call = {
  readonly kind: (typeof kinds)[number]
  readonly thread: number
  readonly path: string
  readonly at: number
  readonly data: Buffer
}

/** Why no trace can be taken here; false when it can. */
export const noTrace: string | false = (() => {
  if (process.platform !== 'linux') return 'what a process writes is noted by a library for Linux'
  if (!hasGlibc()) return 'what a process writes is noted by a library for glibc'
  try {
    execFileSync('cc', ['-fsyntax-only', '-x', 'c', '-'], {
      input: '#include <stdio.h>',
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    return false
  } catch {
    return 'no C compiler (cc) with the headers of libc on this machine'
  }
})()

function hasGlibc(): boolean {
  const report: unknown = process.report.getReport()
  const header = typeof report === 'object' && report !== null && 'header' in report ? report.header : undefined
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header
}

/** Builds the library into the folder; gives its path. */
export function buildLibrary(folder: string): string {
  const library = join(folder, 'power-cut.so')
  const source = join(import.meta.dirname, 'power-cut.c')
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, source])
  return library
}

export type Traced = {
  readonly library: string
  /** Absolute and without links: all that is written in it is noted. */
  readonly folder: string
  /** The file that notes are appended to, outside of the folder. */
  readonly trace: string
}

/** Runs a program with its calls noted; resolves with its exit code or signal. */
export async function runTraced(
  { library, folder, trace }: Traced,
  program: string,
  args: readonly string[],
): Promise<number | NodeJS.Signals> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      LD_PRELOAD: library,
      POWER_CUT_FOLDER: folder,
      POWER_CUT_TRACE: trace,
    },
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal ?? code ?? -1
}

/** The calls in the order in which they were noted. */
export function readTrace(file: string): Call[] {
  const bytes = readFileSync(file)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittle = endianness() === 'LE'
  const number = (at: number): number => view.getUint32(at, isLittle)
  const calls: Call[] = []
  for (let at = 0; at < bytes.byteLength;) {
    const kind = kinds[number(at) - 1]
    const pathEnd = at + headBytes + number(at + 8)
    const end = pathEnd + number(at + 12)
    if (kind === undefined || end > bytes.byteLength) throw new Error(`${file} is no trace at byte ${at}`)
    const path = bytes.toString('utf8', at + headBytes, pathEnd)
    calls.push({
      kind,
      thread: number(at + 4),
      path,
      at: Number(view.getBigInt64(at + 16, isLittle)),
      data: bytes.subarray(pathEnd, end),
    })
    at = end
  }
  return calls
}
