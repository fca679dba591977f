// A clock the screen shares: ages tick together, once a second, and rest while the page is hidden.
import { useSyncExternalStore } from 'react'
import { createStore } from '../live/store.ts'

const now = createStore(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  if (users++ === 0) {
    now.set(Date.now())
    timer = setInterval(() => {
      if (document.visibilityState === 'visible') now.set(Date.now())
    }, 1000)
  }
  const stop = now.subscribe(listener)
  return () => {
    stop()
    if (--users === 0) clearInterval(timer)
  }
}

/** The current instant, to the second. Re-renders the caller each second. */
export const useNow = (): number => useSyncExternalStore(subscribe, now.get)
