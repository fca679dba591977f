// A server that is left over of a run that was killed. Its file `postmaster.pid` names it, and has
// the shared memory by which PostgreSQL tells that a process of it still works on the files: no
// file that says so is removed here.
import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../../base/logger.ts'
import { pause } from '../../../base/wait-out.ts'
import { replaceFile } from '../../../base/private-file.ts'
import { embeddedPort } from './settings.ts'

const lookEveryMs = 20
/** That work on the files, as `comm` of Linux has their names. */
const programs = new Set(['postgres\n', 'initdb\n'])
/** Signals, each with how long it is waited for: stop with a last checkpoint; stop at once; end. */
const signals: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
]

/** Ends the server that runs on the folder, if there is one, and what is left of one that died; the
 *  caller holds the folder's lock. Resolves when all are gone. */
export async function endLeftOver(path: string, logger: Logger, signal?: AbortSignal): Promise<void> {
  const file = join(path, 'postmaster.pid')
  const lines = readLines(file)
  const pid = Number(lines[0])
  const running = (): readonly number[] => processesOn(path, pid)
  if (running().length > 0) {
    logger.warn('processes of an earlier run of the database are left; they are stopped first')
    await end(running, signal)
  }
  // The number may be another program's by now. PostgreSQL would take it for a server; its own
  // parent it does not.
  const kept = lstatSync(file, { throwIfNoEntry: false })
  if (kept !== undefined && Number.isInteger(pid) && pid > 1 && isAlive(pid))
    replaceFile(file, [String(process.pid), ...lines.slice(1)].join('\n'), kept)
  // A server that was killed before it wrote anything had no memory either.
  if (lines[0] === '') rmSync(file, { force: true })
  const socket = join(path, `.s.PGSQL.${embeddedPort}`)
  for (const left of [socket, `${socket}.lock`]) rmSync(left, { force: true })
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

async function end(running: () => readonly number[], signal = new AbortController().signal): Promise<void> {
  for (const [name, forMs] of signals) {
    // A process that was stopped takes no other signal before it goes on.
    for (const pid of running()) for (const each of [name, 'SIGCONT'] as const) sendSignal(pid, each)
    for (const began = performance.now(); performance.now() - began < forMs && !signal.aborted;) {
      if (running().length === 0) return
      await pause(lookEveryMs, signal)
    }
  }
}

/** Says whether there was one to take it. */
function sendSignal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const isAlive = (pid: number): boolean => sendSignal(pid, 0)

/** Where the system does not say in which folder a process is, the server alone is found. */
const processesOn = (path: string, server: number): readonly number[] =>
  (process.platform === 'linux' ? readdirSync('/proc').map(Number) : [server]).filter(
    (pid) => pid > 1 && isServerOf(path, pid),
  )

/** Told by the folder that it runs in; where the system does not say that, by its command. */
function isServerOf(path: string, pid: number): boolean {
  try {
    if (process.platform === 'linux')
      return (
        programs.has(readFileSync(`/proc/${pid}/comm`, 'utf8')) &&
        readlinkSync(`/proc/${pid}/cwd`) === realpathSync(path)
      )
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(`-D ${path} `)
  } catch {
    return false
  }
}
