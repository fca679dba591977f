// Which thread has the session of a client id, kept by the thread where the id is at home.
// Invariant: a session is on one thread at a time; who asks for it while it is on its way waits in
// line.
import type { PeerMessage } from './peer-message.ts'

export interface Directory {
  /** A thread has this session from the start. */
  put(clientId: string, owner: number): void
  /** `from` wants the session; `ends`: it wants that there is none. Granted once nobody else has
   *  it. */
  acquire(clientId: string, from: number, ends: boolean): void
  /** The owner has let go of it. */
  released(clientId: string): void
  /** The owner has none any more. */
  ended(clientId: string, from: number): void
}

type Claimant = { readonly to: number; readonly ends: boolean }

export function createDirectory(send: (to: number, message: PeerMessage) => void): Directory {
  const owners = new Map<string, number>()
  /** The first of each is being served. */
  const lines = new Map<string, Claimant[]>()

  function serve(clientId: string, { to, ends }: Claimant): void {
    const owner = owners.get(clientId)
    if (owner === undefined || owner === to) grant(clientId)
    else send(owner, { kind: 'release', clientId, to, ends })
  }

  function grant(clientId: string): void {
    const line = lines.get(clientId)!
    const { to } = line.shift()!
    owners.set(clientId, to)
    send(to, { kind: 'granted', clientId })
    const next = line[0]
    if (next === undefined) lines.delete(clientId)
    else serve(clientId, next)
  }

  return {
    put: (clientId, owner) => void owners.set(clientId, owner),
    acquire(clientId, to, ends) {
      const claimant = { to, ends }
      const line = lines.get(clientId)
      if (line !== undefined) {
        line.push(claimant)
        return
      }
      lines.set(clientId, [claimant])
      serve(clientId, claimant)
    },
    released: grant,
    ended(clientId, from) {
      // While it is on its way, whoever gets it will say so again.
      if (!lines.has(clientId) && owners.get(clientId) === from) owners.delete(clientId)
    },
  }
}
