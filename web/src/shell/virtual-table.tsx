// A table of any length of which only the rows in sight exist. Real table elements with the
// positions of their rows, so that a reader knows where it is; on a phone each row becomes a small
// card by CSS.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactNode } from 'react'

type Cell = { readonly id: string; readonly content: ReactNode }
type Props = {
  readonly label: string
  readonly className: string
  /** All rows there are, loaded or not. */
  readonly total?: number | undefined
  readonly head: readonly Cell[]
  readonly rows: readonly { readonly id: string; readonly cells: () => readonly Cell[] }[]
  /** Called when the end of the loaded rows comes into sight. */
  readonly loadMore: () => void
}

const loadAhead = 20

export function VirtualTable({ label, className, total, head, rows, loadMore }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (innerWidth <= 640 ? 98 : 41),
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= rows.length - loadAhead) loadMore()
    // loadMore is new at each render and guards itself; what matters is how far one has scrolled.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [last, rows.length])

  const before = items[0]?.start ?? 0
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    <div className={`table-scroll ${className}`} ref={scroller} tabIndex={0} role="region" aria-label={label}>
      <table aria-rowcount={(total ?? rows.length) + 1} data-testid="table">
        <thead>
          <tr aria-rowindex={1}>
            {head.map(({ id, content }) => (
              <th key={id} scope="col" className={`col-${id}`}>
                {content}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <Spacer height={before} columns={head.length} /> : null}
          {items.map(({ index, key }) => {
            const row = rows[index]
            return row === undefined ? null : (
              <tr key={key} data-index={index} ref={virtualizer.measureElement} aria-rowindex={index + 2}>
                {row.cells().map(({ id, content }) => (
                  <td key={id} className={`col-${id}`}>
                    {content}
                  </td>
                ))}
              </tr>
            )
          })}
          {after > 0 ? <Spacer height={after} columns={head.length} /> : null}
        </tbody>
      </table>
    </div>
  )
}

function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  return (
    <tr aria-hidden="true" className="spacer">
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  )
}
