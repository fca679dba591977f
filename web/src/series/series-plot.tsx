// A signal over time. Hovering and touching choose the nearest value; the slider beside it does the
// same by keyboard.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { SignalSeries } from '../../../src/api/contract.ts'
import { formatMark, unitSymbol } from '../format/units.ts'
import type { Store } from '../live/store.ts'
import { chartColours, timeAxis, valueAxis, type ChartColours } from '../shell/chart-look.ts'
import { showCursor } from '../shell/cursor-plot.ts'
import { useTheme } from '../shell/theme.ts'
import { lonePlaces, nearestIndex, type Line, type SeriesLines } from './series-lines.ts'

const heightPx = 220
/** Few values are dots on their line. */
const dotsMax = 80

type Props = {
  readonly series: Pick<SignalSeries, 'path' | 'unit' | 'from' | 'to'>
  readonly lines: SeriesLines
  /** The index of the value that is looked at. */ readonly chosen: Store<number>
}

export default function SeriesPlot({ series, lines, chosen }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  useEffect(() => {
    const container = box.current
    if (container === null) return
    const data: uPlot.AlignedData = [lines.seconds, lines.plain, lines.ahead, lines.doubted]
    const plot = new uPlot(options(chartColours[theme], container.clientWidth, series, lines), data, container)
    return showCursor(plot, container, heightPx, {
      instant: () => lines.values[chosen.get()]?.at,
      point: (at) => chosen.set(nearestIndex(lines.values, at)),
      subscribe: chosen.subscribe,
    })
  }, [series, lines, chosen, theme])
  return (
    <div
      className="cursor-plot series-plot"
      ref={box}
      role="img"
      aria-label={`${series.path} over time. The slider below walks through it and says each value.`}
      data-testid="series-plot"
    />
  )
}

function options(
  colours: ChartColours,
  width: number,
  { unit, from, to }: Props['series'],
  { plain, ahead, values, range }: SeriesLines,
): uPlot.Options {
  const dots = (line: Line, stroke: string): uPlot.Series.Points => ({
    show: true,
    size: 5,
    stroke,
    fill: stroke,
    // Values that no line draws would not be seen.
    filter: () =>
      values.length <= dotsMax
        ? line.flatMap((value, place) => (typeof value === 'number' ? [place] : []))
        : lonePlaces(line),
  })
  return {
    width,
    height: heightPx,
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 24, 0, 0],
    scales: { x: { range: () => [from / 1000, to / 1000] }, y: { range: () => [...range] } },
    axes: [
      timeAxis(colours),
      {
        ...valueAxis(colours, unitSymbol(unit)),
        values: (_, splits, __, ___, step) => splits.map((value) => formatMark(value, step)),
        size: (_, marks) => 14 + 7 * Math.max(3, ...(marks ?? []).map((mark) => mark.length)),
      },
    ],
    series: [
      {},
      { stroke: colours.line, width: 1.5, spanGaps: false, points: dots(plain, colours.line) },
      { stroke: colours.mark, width: 1.5, dash: [5, 4], spanGaps: false, points: dots(ahead, colours.mark) },
      {
        stroke: colours.mark,
        width: 0,
        points: { show: true, size: 7, stroke: colours.mark, fill: 'transparent', width: 1.5 },
      },
    ],
  }
}
