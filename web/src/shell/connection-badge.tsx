// Whether what the screen shows is live. Always visible; a reader hears when it changes.
import { formatAgo } from '../format/time.ts'
import { useConnection } from '../live/live-context.tsx'
import type { Connection } from '../live/feed-state.ts'
import { useNow } from './now.ts'

const words: Readonly<Record<Connection['level'], string>> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  closed: 'Signed out',
}

export function ConnectionBadge() {
  const { level, heardAt } = useConnection()
  const now = useNow()
  const age = heardAt === null || level === 'live' || level === 'connecting' ? null : formatAgo(now - heardAt)
  return (
    <div
      className={`connection ${level}`}
      data-testid="connection"
      data-level={level}
      title={heardAt === null ? undefined : `Last data ${formatAgo(now - heardAt)}`}
    >
      <span className="connection-dot" aria-hidden="true" />
      <span role="status">{words[level]}</span>
      {age === null ? null : <span className="connection-age"> · last data {age}</span>}
    </div>
  )
}
