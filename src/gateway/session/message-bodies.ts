// A message for several lasting sessions is stored once, as a body that their deliveries name: a
// notice to ten thousand cars is one payload and ten thousand short rows. Invariant: a body is
// stored with the first of its deliveries and removed after the last. Among threads one counts the
// deliveries of a body, wherever their sessions are: the thread where its name is at home.
import { randomBytes } from 'node:crypto'

export interface MessageBodies {
  /** A name for a new body, at home here, with so many deliveries; undefined where each delivery is
   *  stored with its message. */
  add(deliveries: number): string | undefined
  /** A delivery of it is over, durably: here, or on the thread that tells us as its home. */
  letGo(name: string): void
  /** A start has found a delivery of it. */
  found(name: string): void
  /** Whether a delivery of it is left, as far as is known here; always for one at home
   *  elsewhere. */
  isNeeded(name: string): boolean
}

/** Where sessions go from machine to machine: a body that several of them name would have to be
 *  counted over all machines. */
export const noBodies: MessageBodies = {
  add: () => undefined,
  letGo: () => undefined,
  found: () => undefined,
  isNeeded: () => false,
}

export type MessageBodiesOptions = {
  readonly isHome: (name: string) => boolean
  /** Tells the thread where it is at home. */
  readonly tellHome: (name: string) => void
  /** Removes the body from the store, after everything that was to be stored before. */
  readonly remove: (name: string) => void
}

export function createMessageBodies({ isHome, tellHome, remove }: MessageBodiesOptions): MessageBodies {
  const counts = new Map<string, number>()
  // No name comes twice, from one process to the next either: what the last one left behind may not
  // be removed yet.
  const prefix = randomBytes(9).toString('base64url')
  let last = 0

  function newName(): string {
    let name = ''
    do name = `${prefix}${++last}`
    while (!isHome(name))
    return name
  }

  function countDown(name: string): void {
    const left = (counts.get(name) ?? 0) - 1
    // An unknown body is not removed: better left for the next start than taken from a
    // session.
    if (left < 0) return
    if (left > 0) {
      counts.set(name, left)
      return
    }
    counts.delete(name)
    remove(name)
  }

  return {
    add(deliveries) {
      const name = newName()
      counts.set(name, deliveries)
      return name
    },
    letGo: (name) => (isHome(name) ? countDown(name) : tellHome(name)),
    found(name) {
      if (isHome(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    isNeeded: (name) => !isHome(name) || counts.has(name),
  }
}
