// A bug in one page must not blank the screen: it says so, and offers the way out.
import { Component, type ReactNode } from 'react'

type Props = { readonly children: ReactNode }
type State = { readonly error: Error | null }

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <div className="state" role="alert">
        <h1>Something in this page broke</h1>
        <p>{error.message}</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    )
  }
}
