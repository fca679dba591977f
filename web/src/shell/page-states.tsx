// States of a page that has nothing to show: still loading, nothing there, or an error with what to
// do about it.
import type { ReactNode } from 'react'
import { isMissing, isUnreachable } from '../api/client.ts'
import { Icon } from './icons.tsx'

export function Loading({ what }: { readonly what: string }) {
  return (
    <div className="state" role="status">
      <span className="spinner" aria-hidden="true" />
      <p>Loading {what} …</p>
    </div>
  )
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  )
}

type FailedProps = {
  readonly what: string
  readonly error: unknown
  readonly title?: string
  readonly retry?: () => void
}

export function Failed({ what, error, title: given, retry }: FailedProps) {
  const usual = isMissing(error)
    ? `There is no such ${what}`
    : isUnreachable(error)
      ? 'Roadstream does not answer'
      : `Could not load the ${what}`
  const title = given ?? usual
  return (
    <div className="state" role="alert">
      <h2>{title}</h2>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {retry === undefined || isMissing(error) ? null : (
        <button type="button" className="button" onClick={retry}>
          <Icon name="refresh" /> Try again
        </button>
      )}
    </div>
  )
}

/** Data is on the screen, but the last attempt to renew it failed. */
export function Outdated({ error }: { readonly error: Error | null }) {
  if (error === null) return null
  return (
    <p className="outdated" role="status">
      Not up to date: {error.message}
    </p>
  )
}
