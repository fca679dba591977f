// Play, pause, scrub and speed of a replay. The slider is the keyboard's way through the trip: it
// moves the map and the chart.
import { useSyncExternalStore } from 'react'
import { formatClock, formatDuration } from '../format/time.ts'
import { formatSpeed } from '../format/units.ts'
import type { Store } from '../live/store.ts'
import { Icon } from '../shell/icons.tsx'
import { replayRates, seek, toggle, type Replay } from './replay.ts'
import { indexAt, pointAt, type Columns } from './track.ts'

const stepMs = 1000
const pageMs = 30_000

export function ReplayControls({ track, replay: store }: { readonly track: Columns; readonly replay: Store<Replay> }) {
  const replay = useSyncExternalStore(store.subscribe, store.get)
  const speed = formatSpeed(track.speedKmh[indexAt(track, replay.at)] ?? null)
  const known = pointAt(track, replay.at) !== null
  const text = `${formatClock(replay.at)}, ${speed}${known ? '' : ', position not known'}`
  return (
    <div className="replay">
      <button
        type="button"
        className="button primary round"
        aria-label={replay.playing ? 'Pause' : 'Play'}
        onClick={() => store.set(toggle(store.get()))}
      >
        <Icon name={replay.playing ? 'pause' : 'play'} />
      </button>
      <input
        type="range"
        aria-label="Position in the trip"
        aria-valuetext={text}
        min={0}
        max={replay.endAt - replay.startAt}
        step={100}
        value={replay.at - replay.startAt}
        onChange={(event) => store.set(seek(store.get(), store.get().startAt + Number(event.target.value)))}
        onKeyDown={(event) => {
          const by = {
            ArrowRight: stepMs,
            ArrowUp: stepMs,
            ArrowLeft: -stepMs,
            ArrowDown: -stepMs,
            PageUp: pageMs,
            PageDown: -pageMs,
          }[event.key]
          if (event.key === ' ') store.set(toggle(store.get()))
          else if (by === undefined) return
          else store.set(seek(store.get(), store.get().at + by))
          event.preventDefault()
        }}
      />
      <label className="select-label">
        <span className="for-readers">Replay speed</span>
        <select
          value={replay.rate}
          onChange={(event) => store.set({ ...store.get(), rate: Number(event.target.value) })}
        >
          {replayRates.map((rate) => (
            <option key={rate} value={rate}>
              {rate}×
            </option>
          ))}
        </select>
      </label>
      <p className="replay-now" data-testid="replay-now" data-at={Math.round(replay.at)}>
        <strong>{speed}</strong>
        <span>
          {formatClock(replay.at)} · {formatDuration(replay.at - replay.startAt)} of{' '}
          {formatDuration(replay.endAt - replay.startAt)}
        </span>
        {known ? null : <span className="unavailable">position not known</span>}
      </p>
    </div>
  )
}
