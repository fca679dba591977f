// A link that is shown once, to be copied.
import { useId, useState } from 'react'
import { Instant } from './instant.tsx'

export function MadeLink({ link, until }: { readonly link: string; readonly until: number }) {
  const id = useId()
  const [copied, setCopied] = useState<'yes' | 'no' | null>(null)
  const copy = (): void => {
    // A page without TLS has no clipboard: there the text is selected to be copied by hand.
    const written = navigator.clipboard?.writeText(link) ?? Promise.reject(new Error('no clipboard'))
    written.then(
      () => setCopied('yes'),
      () => {
        setCopied('no')
        ;(document.getElementById(id) as HTMLInputElement | null)?.select()
      },
    )
  }
  return (
    <div className="made-link">
      <div className="field">
        <label htmlFor={id}>The link, shown this once</label>
        <input id={id} className="mono" readOnly value={link} onFocus={({ target }) => target.select()} />
      </div>
      <button type="button" className="button" onClick={copy}>
        Copy
      </button>
      <p role="status" className="help">
        {copied === 'yes' ? 'Copied. ' : copied === 'no' ? 'Copy the selected text. ' : ''}It ends{' '}
        <Instant at={until} />.
      </p>
    </div>
  )
}
