// Ways to break a running system: its parts are killed and stopped, its links are spoiled. Each
// says when what it broke may be whole again.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Fault, FaultProxy } from './fault-proxy.ts'
import { processTree } from './process-tree.ts'

/** A server, or a process of ours. */
export type Part = {
  /** All its processes, parents first, so that a process that is stopped makes no other. */
  pids(): readonly number[]
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it where it was killed. Left out where another part starts it at once. */
  readonly start?: () => Promise<void>
}

export type Aim = { readonly random: () => number; readonly forMs: number }
/** Resolves when what was broken may be whole again, with that instant by `performance.now`. */
export type Strike = (aim: Aim) => Promise<number>
export type Strikes = Readonly<Record<string, Strike>>

export const treeOf = (pid: number): readonly number[] => processTree(pid).map((member) => member.pid)

/** Several parts as one, which are killed and started at the same time. */
export const together = (parts: readonly Part[]): Part => ({
  pids: () => parts.flatMap((part) => part.pids()),
  kill: async () => void (await Promise.all(parts.map((part) => part.kill()))),
  start: async () => void (await Promise.all(parts.flatMap(({ start }) => start?.() ?? []))),
})

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal)
    } catch (error) {
      // It has ended by itself meanwhile.
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
    }
}

const killing =
  (part: Part): Strike =>
  async ({ random, forMs }) => {
    // The processes of a server's connections end later, by themselves, or with it.
    if (random() < 0.5) signalAll(part.pids(), 'SIGKILL')
    await part.kill()
    if (part.start === undefined) return performance.now()
    await wait(forMs)
    const endedAt = performance.now()
    await part.start()
    return endedAt
  }

const stopping =
  (part: Part): Strike =>
  async ({ forMs }) => {
    const pids = part.pids()
    signalAll(pids, 'SIGSTOP')
    await wait(forMs)
    const endedAt = performance.now()
    signalAll(pids, 'SIGCONT')
    return endedAt
  }

/** Killed while a server stands still that it waits for, and started once that goes on: what it had
 *  not brought there is gone with it. */
export const killedWhileStands =
  (part: Part, server: Part): Strike =>
  async ({ forMs }) => {
    const pids = server.pids()
    signalAll(pids, 'SIGSTOP')
    await wait(forMs)
    await part.kill()
    const endedAt = performance.now()
    signalAll(pids, 'SIGCONT')
    await part.start?.()
    return endedAt
  }

/** So little that a full batch takes seconds. */
const slowBytesPerSecond = 200_000
/** As far away as a satellite. */
const lateMs = 600

const linkFaults = {
  cut: () => ({ kind: 'cut' }),
  late: () => ({ kind: 'late', ms: lateMs }),
  slow: () => ({ kind: 'slow', bytesPerSecond: slowBytesPerSecond }),
  'half-open': (random) => ({ kind: 'half-open', stands: random() < 0.5 ? 'to-server' : 'to-client' }),
  'black-hole': () => ({ kind: 'black-hole' }),
} satisfies Record<string, (random: () => number) => Fault>

const spoiling =
  (links: readonly Pick<FaultProxy, 'set'>[], faultOf: (random: () => number) => Fault): Strike =>
  async ({ random, forMs }) => {
    const fault = faultOf(random)
    for (const link of links) link.set(fault)
    await wait(forMs)
    const endedAt = performance.now()
    for (const link of links) link.set({ kind: 'none' })
    return endedAt
  }

/** The names of what can be done to a part, and to a link; strikes go by them. */
export const faultsOfPart = (name: string): readonly string[] => [`${name}-killed`, `${name}-stopped`]
export const faultsOfLink = (name: string): readonly string[] =>
  Object.keys(linkFaults).map((fault) => `${name}-${fault}`)

export const strikesOnPart = (name: string, part: Part): Strikes => ({
  [`${name}-killed`]: killing(part),
  [`${name}-stopped`]: stopping(part),
})
/** On all of the links at once. */
export const strikesOnLink = (name: string, links: readonly Pick<FaultProxy, 'set'>[]): Strikes =>
  Object.fromEntries(
    Object.entries(linkFaults).map(([fault, faultOf]) => [`${name}-${fault}`, spoiling(links, faultOf)]),
  )

/** The same names, each time on any one of what they are for. */
export function strikesOnAny(each: readonly Strikes[]): Strikes {
  const names = Object.keys(each[0] ?? {})
  const any =
    (name: string): Strike =>
    (aim) =>
      each[Math.floor(aim.random() * each.length)]![name]!(aim)
  return Object.fromEntries(names.map((name) => [name, any(name)]))
}
