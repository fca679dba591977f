// One entry of a list of figures (`<dl>`): what it is, and its value.
import type { ReactNode } from 'react'

export function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
