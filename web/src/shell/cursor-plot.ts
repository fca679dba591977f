// A chart as wide as its box, with a cursor at an instant that is kept elsewhere: hovering and
// touching ask for another one.
import type uPlot from 'uplot'

export type PlotCursor = {
  /** Epoch milliseconds; undefined where there is nothing to point at. */
  instant(): number | undefined
  /** The pointer is at this instant. */
  point(at: number, event: PointerEvent): void
  /** Calls back when the instant is another one; gives what ends that. */
  subscribe(changed: () => void): () => void
}

/** Gives what takes the chart away again. */
export function showCursor(
  plot: uPlot,
  box: HTMLElement,
  heightPx: number,
  { instant, point, subscribe }: PlotCursor,
): () => void {
  const cursor = document.createElement('div')
  cursor.className = 'chart-cursor'
  plot.over.append(cursor)
  const place = (): void => {
    const at = instant()
    if (at !== undefined) cursor.style.transform = `translateX(${plot.valToPos(at / 1000, 'x')}px)`
  }
  const take = (event: PointerEvent): void =>
    point(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x') * 1000, event)
  plot.over.addEventListener('pointermove', take)
  plot.over.addEventListener('pointerdown', take)
  const stop = subscribe(place)
  const resize = new ResizeObserver(() => {
    plot.setSize({ width: box.clientWidth, height: heightPx })
    place()
  })
  resize.observe(box)
  place()
  return () => {
    stop()
    resize.disconnect()
    plot.destroy()
  }
}
