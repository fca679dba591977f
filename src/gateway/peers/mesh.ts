// The ways between gateway threads: one port for each two of them, and one from a thread to itself, so that whoever is at home here is spoken to like
// everyone else. Invariant: what one says to another arrives in the order it was said, and never before the one who said it is done.
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
  send(to: number, message: PeerMessage): void
  sendAll(message: PeerMessage): void
}

/** Members for so many threads. A member is moved to another thread as worker data, with its ports in the transfer list. */
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

/** `receive` gets what is said, from the next turn on; `lost` who will say nothing more. */
export function openMesh(
  { index: self, ports }: MeshMember,
  receive: (from: number, message: PeerMessage) => void,
  lost: (peer: number) => void,
): Mesh {
  const others = ports.flatMap((port, index) => (port === undefined ? [] : [index]))
  let isOpen = true
  for (const other of others) {
    ports[other]!.on('message', (message: PeerMessage) => {
      if (isOpen) receive(other, message)
    })
    ports[other]!.on('close', () => {
      if (isOpen) lost(other)
    })
  }
  const send = (to: number, message: PeerMessage): void => {
    if (to !== self) ports[to]!.postMessage(message)
    else
      queueMicrotask(() => {
        if (isOpen) receive(self, message)
      })
  }
  return {
    self,
    size: ports.length,
    others,
    homeOf: (name) => hashOf(name) % ports.length,
    send,
    sendAll(message) {
      for (const other of others) send(other, message)
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
