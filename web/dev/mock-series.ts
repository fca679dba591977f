// Series of signals for the mock API: a drive with a silence in it, and what may be doubtful of
// one.
import type { SignalSeries } from '../../src/api/contract.ts'
import { seededRandom, type MockCar } from './mock-cars.ts'
import { detailOf } from './mock-history.ts'

const hourMs = 3_600_000
/** How long the mock keeps messages. */
const keptMs = 30 * hourMs

export function seriesOf(car: MockCar, path: string, from: number, to: number): SignalSeries {
  const signal = detailOf(car, car.at).signals.find((known) => known.path === path)
  const empty = { values: 0, unavailable: 0, invalid: 0, other: 0 }
  const asked = { path, unit: signal?.unit ?? null, from, to, clock: signal?.clock ?? null }
  const nothing: SignalSeries = {
    ...asked,
    at: [],
    value: [],
    marks: [],
    said: empty,
    thinnedMs: null,
    unreadBefore: null,
  }
  if (typeof signal?.value !== 'number')
    return { ...nothing, said: { ...empty, unavailable: signal?.value === null ? 12 : 0 } }
  const random = seededRandom(path.length)
  const everyMs = Math.max(10_000, (to - from) / 800)
  const at: number[] = []
  const value: (number | null)[] = []
  const marks: SignalSeries['marks'][number][] = []
  for (let instant = Math.round(Math.max(from, to - keptMs)); instant <= to; instant += Math.round(everyMs)) {
    const share = (instant - from) / (to - from)
    if (share > 0.55 && share < 0.62) {
      if (value.at(-1) !== null && value.length > 0) value.push((at.push(instant), null))
      continue
    }
    const index = at.push(instant) - 1
    const isLone = signal.doubt !== undefined || (share > 0.3 && random() < 0.01)
    const ahead = signal.clockDoubt !== undefined ? { clockDoubt: signal.clockDoubt } : {}
    if (isLone) marks.push({ index, doubt: signal.doubt ?? 'no-fix', ...ahead })
    else if (signal.clockDoubt !== undefined) marks.push({ index, ...ahead })
    value.push(signal.value * (1 + 0.2 * Math.sin(share * 40) + 0.04 * random()) + (isLone ? signal.value * 2 : 0))
  }
  const spanMs = to - from
  const thinnedMs = spanMs > hourMs ? Math.round(spanMs / 400) : null
  const said = {
    ...empty,
    values: thinnedMs === null ? at.length : Math.round(Math.min(spanMs, keptMs) / 1000),
    invalid: 3,
  }
  return { ...asked, at, value, marks, said, thinnedMs, unreadBefore: spanMs > 24 * hourMs ? to - keptMs : null }
}
