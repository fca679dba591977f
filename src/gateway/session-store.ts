// Where sessions are kept, and the version in memory. A session is handed out as the one object of its client id; whoever changes it calls `put`,
// so that a store which writes can write.
import type { Session } from './session.ts'

export interface SessionStore extends AsyncDisposable {
  readonly size: number
  get(clientId: string): Session | undefined
  put(session: Session): void
  delete(clientId: string): void
  /** In no order; deleting the current one on the way is allowed. */
  values(): Iterable<Session>
}

export function openMemorySessions(): SessionStore {
  const sessions = new Map<string, Session>()
  return {
    get size() {
      return sessions.size
    },
    get: (clientId) => sessions.get(clientId),
    put: (session) => void sessions.set(session.clientId, session),
    delete: (clientId) => void sessions.delete(clientId),
    values: () => sessions.values(),
    [Symbol.asyncDispose]: () => Promise.resolve(sessions.clear()),
  }
}
