// The signals of a vehicle, and the chart of the one that is chosen. The choice is in the address,
// so it can be sent and kept.
import { useRef } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { VehicleDetail } from '../../../src/api/contract.ts'
import { SignalGroups } from '../vehicles/signal-groups.tsx'
import { spans, type SpanId } from './series-spans.ts'
import { SignalSeriesCard } from './signal-series.tsx'

export function SignalsPanel({ vehicle, twin }: { readonly vehicle: string; readonly twin: VehicleDetail }) {
  const [address, navigate] = useLocation()
  const asked = new URLSearchParams(useSearch())
  const path = asked.get('signal')
  const span = spans.find(({ id }) => id === asked.get('span'))?.id ?? 'hour'
  const led = useRef(false)
  const choose = (next: string | null, time: SpanId): void => {
    const query = new URLSearchParams({
      ...(next !== null && { signal: next }),
      ...(next !== null && time !== 'hour' && { span: time }),
    })
    navigate(query.size === 0 ? address : `${address}?${query}`, { replace: true })
  }
  const chart = (next: string | null): void => {
    led.current = next !== null
    choose(next, span)
  }
  return (
    <>
      {path === null ? null : (
        <SignalSeriesCard
          vehicle={vehicle}
          measuredAt={twin.at}
          signals={twin.signals}
          path={path}
          span={span}
          led={led}
          onChoose={choose}
        />
      )}
      <SignalGroups signals={twin.signals} charted={path} onChart={chart} />
    </>
  )
}
