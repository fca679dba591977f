// The head of a page: its one h1, what belongs beside it, and the document's title.
import { useEffect, type ReactNode } from 'react'
import { Link } from 'wouter'

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Roadstream`
  }, [title])
}

type Props = {
  readonly title: string
  readonly documentTitle?: string
  readonly parent?: { readonly href: string; readonly name: string }
  readonly note?: ReactNode
  readonly children?: ReactNode
}

export function PageHeader({ title, documentTitle, parent, note, children }: Props) {
  usePageTitle(documentTitle ?? title)
  return (
    <header className="page-header">
      <div className="page-heading">
        {parent === undefined ? null : (
          <nav aria-label="Breadcrumb" className="crumb">
            <Link href={parent.href}>{parent.name}</Link>
            <span aria-hidden="true">/</span>
          </nav>
        )}
        <h1>{title}</h1>
        {note === undefined ? null : <span className="page-note">{note}</span>}
      </div>
      {children === undefined ? null : <div className="page-actions">{children}</div>}
    </header>
  )
}
