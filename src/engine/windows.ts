// Windows of event time: which of them an instant falls in. Half open, [startAt, endAt), epoch
// milliseconds; also before 1970.

export type Window = { readonly startAt: number; readonly endAt: number }

export type Windows =
  | { readonly kind: 'fixed'; readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number }
  | { readonly kind: 'session'; readonly gapMs: number }

/** Windows side by side, from `offsetMs` on (negative ones too). */
export const tumbling = (sizeMs: number, offsetMs = 0): Windows => ({
  kind: 'fixed',
  sizeMs,
  slideMs: sizeMs,
  offsetMs,
})

/** Windows of `sizeMs` that begin every `slideMs`: an instant falls in several where they
 *  overlap. */
export const hopping = (sizeMs: number, slideMs: number, offsetMs = 0): Windows => ({
  kind: 'fixed',
  sizeMs,
  slideMs,
  offsetMs,
})

/** Windows from the first instant to the last one and the gap after it, with no gap so long between
 *  two. */
export const session = (gapMs: number): Windows => ({ kind: 'session', gapMs })

/** The windows of an instant, in order of time; of a session the one that it would be alone. */
export function windowsOf(windows: Windows, at: number): Window[] {
  if (windows.kind === 'session') return [{ startAt: at, endAt: at + windows.gapMs }]
  const { sizeMs, slideMs, offsetMs } = windows
  const found: Window[] = []
  const last = at - modulo(at - offsetMs, slideMs)
  for (let startAt = last; startAt > at - sizeMs; startAt -= slideMs) found.push({ startAt, endAt: startAt + sizeMs })
  return found.reverse()
}

/** Merges a session into those it touches: the merged one, and those that it takes the place of. */
export function mergeSession<Known extends Window>(
  known: readonly Known[],
  added: Window,
): { readonly merged: Window; readonly replaced: readonly Known[] } {
  const replaced = known.filter(({ startAt, endAt }) => startAt <= added.endAt && added.startAt <= endAt)
  return {
    merged: {
      startAt: Math.min(added.startAt, ...replaced.map(({ startAt }) => startAt)),
      endAt: Math.max(added.endAt, ...replaced.map(({ endAt }) => endAt)),
    },
    replaced,
  }
}

/** Never negative. */
const modulo = (value: number, by: number): number => ((value % by) + by) % by
