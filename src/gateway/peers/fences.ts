// Fences let SUBACK say that all threads know, and that the retained messages behind it are the
// last of their topics: whatever is published on a thread that has not heard of the subscription is
// retained here before. Invariant: an answer is behind all that was said on the same way before it.
//
//   subscriber's thread ──fence──► each other ──fence──► where its retained messages are at home, if it has sent any lately
//                       ◄─fenced── by then they have said to all what they keep
//                       ──fence──► each other
//                       ◄─fenced── and here it has arrived
import type { Mesh } from './mesh.ts'
import type { PeerMessage } from './peer-message.ts'

export interface Fences {
  /** Calls back once every other thread has heard what was told so far, and we every retained
   *  message that any thread took in before it heard that. */
  fence(done: () => void): void
  onFence(from: number, fence: Extract<PeerMessage, { kind: 'fence' }>): void
  onFenced(id: number): void
}

export type FencesOptions = {
  readonly mesh: Pick<Mesh, 'send' | 'sendAll' | 'others'>
  /** Whether retained messages of ours may still be on their way to their homes. */
  readonly isKeeping: () => boolean
}

export function createFences({ mesh, isKeeping }: FencesOptions): Fences {
  const rounds = new Map<number, { left: number; readonly done: () => void }>()
  let lastId = 0

  function ask(withKeeps: boolean, done: () => void): void {
    const id = ++lastId
    rounds.set(id, { left: mesh.others.length, done })
    mesh.sendAll({ kind: 'fence', id, withKeeps })
  }

  return {
    fence: (done) => ask(true, () => ask(false, done)),
    onFence(from, { id, withKeeps }) {
      const answer = (): void => mesh.send(from, { kind: 'fenced', id })
      if (withKeeps && isKeeping()) ask(false, answer)
      else answer()
    },
    onFenced(id) {
      const round = rounds.get(id)
      if (round === undefined || --round.left > 0) return
      rounds.delete(id)
      round.done()
    },
  }
}
