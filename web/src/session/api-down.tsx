// The API does not answer and there is nothing to show yet. Tries again by itself, and says so.
import { useEffect } from 'react'
import { Icon, Mark } from '../shell/icons.tsx'
import { usePageTitle } from '../shell/page-header.tsx'

const retryMs = 3000

export function ApiDown({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  usePageTitle('Not answering')
  useEffect(() => {
    const timer = setInterval(retry, retryMs)
    return () => clearInterval(timer)
  }, [retry])
  return (
    <main className="alone">
      <div className="card narrow" role="alert">
        <p className="brand">
          <Mark /> Roadstream
        </p>
        <h1>The server does not answer</h1>
        <p>{error instanceof Error ? error.message : String(error)}</p>
        <p className="help">This page tries again every {retryMs / 1000} seconds and goes on by itself.</p>
        <button type="button" className="button" onClick={retry}>
          <Icon name="refresh" /> Try now
        </button>
      </div>
    </main>
  )
}
