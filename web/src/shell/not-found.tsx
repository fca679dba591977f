import { Link } from 'wouter'
import { usePageTitle } from './page-header.tsx'

/** An address that is no page of ours. */
export function NotFound() {
  usePageTitle('Not found')
  return (
    <div className="state">
      <h1>There is no page here</h1>
      <p>The address may be mistyped, or what it named is gone.</p>
      <Link className="button" href="/">
        To the live map
      </Link>
    </div>
  )
}
