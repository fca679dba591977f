// How charts look, in light and dark: what CSS does not reach.
import type { Axis } from 'uplot'
import { formatTick } from '../format/time.ts'
import type { Theme } from './theme.ts'

export type ChartColours = {
  readonly line: string
  readonly fill: string
  readonly mark: string
  readonly grid: string
  readonly text: string
}

export const chartColours: Readonly<Record<Theme, ChartColours>> = {
  light: { line: '#1d5fd6', fill: 'rgba(29, 95, 214, 0.10)', mark: '#b35900', grid: '#e6e9ee', text: '#5a6372' },
  dark: { line: '#6fb0ff', fill: 'rgba(111, 176, 255, 0.12)', mark: '#f0b352', grid: '#252c37', text: '#98a3b3' },
}

const font = '11px system-ui, sans-serif'

const axisLook = (colours: ChartColours): Axis => ({
  stroke: colours.text,
  grid: { stroke: colours.grid, width: 1 },
  ticks: { show: false },
  font,
})

/** Of the reader's own time. */
export const timeAxis = (colours: ChartColours): Axis => ({
  ...axisLook(colours),
  size: 26,
  space: 70,
  values: (_, splits, __, ___, stepS) => splits.map((second) => formatTick(second * 1000, stepS * 1000)),
})

export const valueAxis = (colours: ChartColours, unit: string): Axis => ({
  ...axisLook(colours),
  size: 46,
  label: unit,
  labelSize: 16,
  labelFont: font,
})
