// Speed over the time of a trip. Its cursor is the replay's instant: hovering moves it while the replay stands, a click moves it always.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatClock, formatShortClock } from '../format/time.ts'
import type { Store } from '../live/store.ts'
import { useTheme } from '../shell/theme.ts'
import { seek, type Replay } from './replay.ts'
import { chartColumns, type Columns } from './track.ts'

const heightPx = 170
const colours = {
  light: { line: '#1d5fd6', fill: 'rgba(29, 95, 214, 0.10)', grid: '#e6e9ee', text: '#5a6372' },
  dark: { line: '#6fb0ff', fill: 'rgba(111, 176, 255, 0.12)', grid: '#252c37', text: '#98a3b3' },
} as const

export function SpeedChart({ track, replay }: { readonly track: Columns; readonly replay: Store<Replay> }) {
  const box = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  useEffect(() => {
    const container = box.current
    if (container === null) return
    const plot = new uPlot(options(colours[theme], container.clientWidth), chartColumns(track), container)
    const cursor = document.createElement('div')
    cursor.className = 'chart-cursor'
    plot.over.append(cursor)

    const place = (): void => {
      cursor.style.transform = `translateX(${plot.valToPos(replay.get().at / 1000, 'x')}px)`
    }
    const take = (event: PointerEvent): void => {
      if (event.type === 'pointermove' && replay.get().playing && event.buttons === 0) return
      replay.set(seek(replay.get(), plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x') * 1000))
    }
    plot.over.addEventListener('pointermove', take)
    plot.over.addEventListener('pointerdown', take)
    const stop = replay.subscribe(place)
    const resize = new ResizeObserver(() => {
      plot.setSize({ width: container.clientWidth, height: heightPx })
      place()
    })
    resize.observe(container)
    place()
    return () => {
      stop()
      resize.disconnect()
      plot.destroy()
    }
  }, [track, replay, theme])
  return (
    <div
      className="speed-chart"
      ref={box}
      role="img"
      aria-label="Speed over time. The slider above walks through it and says each value."
      data-testid="speed-chart"
    />
  )
}

function options(colour: (typeof colours)['light' | 'dark'], width: number): uPlot.Options {
  const axis = {
    stroke: colour.text,
    grid: { stroke: colour.grid, width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  } as const
  return {
    width,
    height: heightPx,
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(20, Math.ceil((max ?? 0) / 10) * 10 + 5)] } },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_, splits, __, ___, stepS) => splits.map((second) => (stepS < 60 ? formatClock : formatShortClock)(second * 1000)),
      },
      { ...axis, size: 46, label: 'km/h', labelSize: 16, labelFont: '11px system-ui, sans-serif' },
    ],
    series: [{}, { stroke: colour.line, fill: colour.fill, width: 1.5, points: { show: false }, spanGaps: false }],
  }
}
