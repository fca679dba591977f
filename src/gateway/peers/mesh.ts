// The ways between gateway threads: one port for each two of them, and one from a thread to itself,
// so that whoever is at home here is spoken to like everyone else. Invariants: what one says to
// another arrives in the order it was said, and never before the one who said it is done; and
// whoever has said more than `unheardBytesMax` to one that does not come to hear it is told so, and
// waits.
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { PeerMessage } from './peer-message.ts'

/** A thread's place among the gateway threads of a process. */
export type MeshMember = {
  /** 0 to the number of threads - 1. */
  readonly index: number
  /** By index, the ways to the others; undefined at its own. */
  readonly ports: readonly (MessagePort | undefined)[]
}

export interface Mesh extends Disposable {
  readonly self: number
  readonly size: number
  /** All but oneself. */
  readonly others: readonly number[]
  /** From 0 to the number of threads - 1: where a name is at home, the same for all threads. */
  homeOf(name: string): number
  /** `bytes` is what it counts towards `unheardBytesMax`. */
  send(to: number, message: PeerMessage, bytes?: number): void
  sendAll(message: PeerMessage, bytes?: number): void
  /** Whether the thread has more than `unheardBytesMax` still to hear from us. */
  isBehind(peer: number): boolean
  /** Calls back once none of these threads is behind; at once when none is. */
  whenHeard(peers: Iterable<number>, done: () => void): void
}

export type MeshOptions = {
  readonly member: MeshMember
  readonly unheardBytesMax: number
  /** Gets what is said, from the next turn on. */
  readonly receive: (from: number, message: PeerMessage) => void
  /** Hears of who will say nothing more. */
  readonly lost: (peer: number) => void
}

/** In bytes since the start: what we said to a thread, up to where it was asked whether it has
 *  heard, and up to where it has. */
type Tally = { said: number; asked: number; heard: number }

/** Members for so many threads. A member is moved to another thread as worker data, with its ports
 *  in the transfer list. */
export function createMeshMembers(size: number): MeshMember[] {
  const ports = Array.from({ length: size }, () => Array.from<MessagePort | undefined>({ length: size }))
  for (let one = 0; one < size; one++)
    for (let other = one + 1; other < size; other++) {
      const { port1, port2 } = new MessageChannel()
      ports[one]![other] = port1
      ports[other]![one] = port2
    }
  return ports.map((own, index) => ({ index, ports: own }))
}

export function openMesh({ member: { index: self, ports }, unheardBytesMax, receive, lost }: MeshOptions): Mesh {
  const others = ports.flatMap((port, index) => (port === undefined ? [] : [index]))
  const tallies = ports.map((): Tally => ({ said: 0, asked: 0, heard: 0 }))
  let waiting: { readonly left: Set<number>; readonly done: () => void }[] = []
  let isOpen = true

  const isBehind = (peer: number): boolean => tallies[peer]!.said - tallies[peer]!.heard > unheardBytesMax

  /** Asks before it is too much, so that who keeps up is never waited for. */
  function count(to: number, bytes: number): void {
    const tally = tallies[to]!
    tally.said += bytes
    if (tally.said - tally.asked <= unheardBytesMax / 4) return
    tally.asked = tally.said
    ports[to]!.postMessage({ kind: 'mark', said: tally.said } satisfies PeerMessage)
  }

  function heard(peer: number, said: number): void {
    tallies[peer]!.heard = said
    if (isBehind(peer)) return
    for (const { left } of waiting) left.delete(peer)
    const done = waiting.filter(({ left }) => left.size === 0)
    waiting = waiting.filter(({ left }) => left.size > 0)
    for (const each of done) each.done()
  }

  function take(from: number, message: PeerMessage): void {
    if (!isOpen) return
    if (message.kind === 'mark') ports[from]!.postMessage({ ...message, kind: 'marked' } satisfies PeerMessage)
    else if (message.kind === 'marked') heard(from, message.said)
    else receive(from, message)
  }

  for (const other of others) {
    ports[other]!.on('message', (message: PeerMessage) => take(other, message))
    ports[other]!.on('close', () => {
      if (isOpen) lost(other)
    })
  }
  const send = (to: number, message: PeerMessage, bytes = 0): void => {
    if (to === self) queueMicrotask(() => take(self, message))
    else {
      ports[to]!.postMessage(message)
      count(to, bytes)
    }
  }
  return {
    self,
    size: ports.length,
    others,
    homeOf: (name) => hashOf(name) % ports.length,
    send,
    sendAll(message, bytes) {
      for (const other of others) send(other, message, bytes)
    },
    isBehind,
    whenHeard(peers, done) {
      const left = new Set([...peers].filter(isBehind))
      if (left.size === 0) done()
      else waiting.push({ left, done })
    },
    [Symbol.dispose]() {
      isOpen = false
      for (const other of others) ports[other]!.close()
    },
  }
}

/** FNV-1a over UTF-16 code units, mixed once more so that its low bits depend on all. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 16)) >>> 0
}
