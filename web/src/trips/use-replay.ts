// The replay's value as a store, and the clock that makes it run. The map and the chart follow the
// store without React.
import { useEffect, useState, useSyncExternalStore } from 'react'
import { createStore, type Store } from '../live/store.ts'
import { advance, extend, initialReplay, type Replay } from './replay.ts'

/** A tab that was in the background must not jump. */
const frameMsMax = 250

export function useReplay(startAt: number, endAt: number): Store<Replay> {
  const [store] = useState(() => createStore(initialReplay(startAt, endAt)))
  useEffect(() => store.set(extend(store.get(), startAt, endAt)), [store, startAt, endAt])
  const playing = useSyncExternalStore(store.subscribe, () => store.get().playing)
  useEffect(() => {
    if (!playing) return
    let lastMs = performance.now()
    let request = requestAnimationFrame(function frame(nowMs) {
      store.set(advance(store.get(), Math.min(frameMsMax, Math.max(0, nowMs - lastMs))))
      lastMs = nowMs
      if (store.get().playing) request = requestAnimationFrame(frame)
    })
    return () => cancelAnimationFrame(request)
  }, [store, playing])
  return store
}
