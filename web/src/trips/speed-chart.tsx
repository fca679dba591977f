// Speed over the time of a trip. Its cursor is the replay's instant: hovering moves it while the
// replay stands, a click moves it always.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Store } from '../live/store.ts'
import { chartColours, timeAxis, valueAxis, type ChartColours } from '../shell/chart-look.ts'
import { showCursor } from '../shell/cursor-plot.ts'
import { useTheme } from '../shell/theme.ts'
import { seek, type Replay } from './replay.ts'
import { chartColumns, type Columns } from './track.ts'

const heightPx = 170

export function SpeedChart({ track, replay }: { readonly track: Columns; readonly replay: Store<Replay> }) {
  const box = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  useEffect(() => {
    const container = box.current
    if (container === null) return
    const plot = new uPlot(options(chartColours[theme], container.clientWidth), chartColumns(track), container)
    return showCursor(plot, container, heightPx, {
      instant: () => replay.get().at,
      point(at, event) {
        if (event.type === 'pointermove' && replay.get().playing && event.buttons === 0) return
        replay.set(seek(replay.get(), at))
      },
      subscribe: replay.subscribe,
    })
  }, [track, replay, theme])
  return (
    <div
      className="cursor-plot speed-chart"
      ref={box}
      role="img"
      aria-label="Speed over time. The slider above walks through it and says each value."
      data-testid="speed-chart"
    />
  )
}

function options(colour: ChartColours, width: number): uPlot.Options {
  return {
    width,
    height: heightPx,
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(20, Math.ceil((max ?? 0) / 10) * 10 + 5)] } },
    axes: [timeAxis(colour), valueAxis(colour, 'km/h')],
    series: [{}, { stroke: colour.line, fill: colour.fill, width: 1.5, points: { show: false }, spanGaps: false }],
  }
}
