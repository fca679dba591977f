// The card that shows one signal of a vehicle over its last hour, day or week.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useMemo, useRef, useSyncExternalStore, type RefObject } from 'react'
import type { SignalSeries, VehicleSignal } from '../../../src/api/contract.ts'
import { seriesQuery } from '../api/queries.ts'
import { formatInstant, formatUtc } from '../format/time.ts'
import { createStore } from '../live/store.ts'
import { Icon } from '../shell/icons.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { isCharted, seriesLines } from './series-lines.ts'
import { spans, type SpanId } from './series-spans.ts'
import { emptyWords, markWords, seriesNotes, valueWords } from './series-words.ts'

const SeriesPlot = lazy(() => import('./series-plot.tsx'))

type Props = {
  readonly vehicle: string
  /** The newest instant it measured, up to which the time goes. */ readonly measuredAt: number
  readonly signals: readonly VehicleSignal[]
  readonly path: string
  readonly span: SpanId
  /** Set by whoever chose the signal elsewhere on the page, who is then led here. */ readonly led: RefObject<boolean>
  /** Null closes the card. */ readonly onChoose: (path: string | null, span: SpanId) => void
}

export function SignalSeriesCard({ vehicle, measuredAt, signals, path, span, led, onChoose }: Props) {
  const card = useRef<HTMLElement>(null)
  const spanMs = spans.find(({ id }) => id === span)?.ms ?? spans[0].ms
  const { data, error, refetch } = useQuery(seriesQuery(vehicle, path, spanMs, measuredAt))
  useEffect(() => {
    if (!led.current) return
    led.current = false
    card.current?.scrollIntoView({ block: 'nearest' })
    card.current?.focus({ preventScroll: true })
  }, [path, led])
  const charted = signals.filter((signal) => isCharted(signal) || signal.path === path)
  return (
    <section
      className="card series"
      ref={card}
      tabIndex={-1}
      aria-label={`${path} over time`}
      data-testid="signal-series"
    >
      <div className="filters">
        <label className="select-label series-signal">
          <span className="for-readers">Signal</span>
          <select value={path} onChange={(event) => onChoose(event.target.value, span)}>
            {charted.some((signal) => signal.path === path) ? null : <option value={path}>{nameOf(path)}</option>}
            {charted.map((signal) => (
              <option key={signal.path} value={signal.path}>
                {nameOf(signal.path)}
              </option>
            ))}
          </select>
        </label>
        <label className="select-label">
          <span className="for-readers">Time</span>
          <select
            value={span}
            onChange={(event) => onChoose(path, spans.find(({ id }) => id === event.target.value)?.id ?? span)}
          >
            {spans.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="icon-button" aria-label="Close the chart" onClick={() => onChoose(null, span)}>
          <Icon name="close" />
        </button>
      </div>
      {data === undefined ? (
        error === null ? (
          <Loading what="the values" />
        ) : (
          <Failed what="values" error={error} retry={() => void refetch()} />
        )
      ) : (
        <>
          <Outdated error={error} />
          {data.said.values === 0 ? (
            <Empty title={emptyWords(data).title}>{emptyWords(data).help}</Empty>
          ) : (
            <Drawn series={data} />
          )}
        </>
      )}
    </section>
  )
}

const nameOf = (path: string): string => path.replace(/^Vehicle\./, '')

function Drawn({ series }: { readonly series: SignalSeries }) {
  const lines = useMemo(() => seriesLines(series), [series])
  const { values } = lines
  const chosen = useMemo(() => createStore(values.length - 1), [values])
  const index = useSyncExternalStore(chosen.subscribe, chosen.get)
  const value = values[index]
  if (value === undefined) return null
  const words = valueWords(value.value, series)
  const mark = markWords(value)
  const when = formatInstant(value.at, Date.now())
  return (
    <>
      <p className="series-now" data-testid="series-now" data-at={value.at}>
        <strong>{words}</strong> <time title={formatUtc(value.at)}>{when}</time>{' '}
        {mark === '' ? null : <span className="invalid">{mark}</span>}
      </p>
      <Suspense fallback={<Loading what="the chart" />}>
        <SeriesPlot series={series} lines={lines} chosen={chosen} />
      </Suspense>
      <input
        type="range"
        aria-label="Walk through the values"
        aria-valuetext={[when, words, ...(mark === '' ? [] : [mark])].join(', ')}
        min={0}
        max={values.length - 1}
        value={index}
        onChange={(event) => chosen.set(Number(event.target.value))}
      />
      <ul className="series-notes help">
        {seriesNotes(series).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  )
}
