// One live client for the signed-in part of the application, and one for who has a link.
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { Connection } from './feed-state.ts'
import { openLiveClient, type LiveClient, type LiveNews, type LiveSummary } from './live-client.ts'

const LiveContext = createContext<LiveClient | null>(null)

/** Follows all that one may; with a `token`, all that the link may. */
export function LiveProvider({ token, children }: { readonly token?: string; readonly children: ReactNode }) {
  const [client, setClient] = useState<LiveClient | null>(null)
  useEffect(() => {
    const opened = openLiveClient('/api/v1/live', token)
    setClient(opened)
    return () => {
      opened.close()
      setClient(null)
    }
  }, [token])
  return client === null ? null : <LiveContext value={client}>{children}</LiveContext>
}

export function useLive(): LiveClient {
  const client = useContext(LiveContext)
  if (client === null) throw new Error('useLive is for components inside LiveProvider')
  return client
}

export const useConnection = (): Connection => {
  const { connection } = useLive()
  return useSyncExternalStore(connection.subscribe, connection.get)
}

export const useLiveSummary = (): LiveSummary | null => {
  const { summary } = useLive()
  return useSyncExternalStore(summary.subscribe, summary.get)
}

/** Calls `listener` with what the feed tells. It must not change from render to render, or it is
 *  subscribed anew. */
export function useLiveNews(listener: (news: LiveNews) => void): void {
  const live = useLive()
  useEffect(() => live.onNews(listener), [live, listener])
}
