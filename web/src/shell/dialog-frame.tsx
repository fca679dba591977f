// The frame of a dialog, inside its root: a title, a button that closes it, and what it is about.
import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { Icon } from './icons.tsx'

type Props = {
  readonly title: string
  readonly titleClass?: string
  /** One or two sentences under the title; none when absent. */
  readonly about?: ReactNode
  readonly testId?: string
  readonly children: ReactNode
}

export function DialogFrame({ title, titleClass, about, testId, children }: Props) {
  return (
    <Dialog.Portal>
      <Dialog.Backdrop className="backdrop" />
      <Dialog.Popup className="dialog" data-testid={testId}>
        <header className="dialog-head">
          <Dialog.Title className={titleClass}>{title}</Dialog.Title>
          <Dialog.Close className="icon-button" aria-label="Close">
            <Icon name="close" />
          </Dialog.Close>
        </header>
        {about === undefined ? null : <Dialog.Description className="help">{about}</Dialog.Description>}
        {children}
      </Dialog.Popup>
    </Dialog.Portal>
  )
}
