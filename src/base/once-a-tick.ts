/** Gives a function that has `run` called at the end of this tick, in the check phase, after all
 *  sockets that had something to read were read: once, however often it is asked. Asked at the end
 *  of a tick, it is the next one's. */
export function onceATick(run: () => void, nextTick: (run: () => void) => unknown = setImmediate): () => void {
  let isAsked = false
  const end = (): void => {
    isAsked = false
    run()
  }
  return () => {
    if (isAsked) return
    isAsked = true
    nextTick(end)
  }
}
