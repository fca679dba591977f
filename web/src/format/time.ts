// Instants, ages and durations for people: the only place that decides how they read. Instants show
// in the reader's own time zone; the UTC form is for tooltips and for comparing with logs.

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const shortClock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const fullDay = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** `14:05:09` today, with the day before it otherwise, and the year when it is another. */
export function formatInstant(at: number, nowAt: number): string {
  const date = new Date(at)
  const now = new Date(nowAt)
  if (date.toDateString() === now.toDateString()) return clock.format(date)
  return date.getFullYear() === now.getFullYear() ? dayAndClock.format(date) : fullDay.format(date)
}

const monthDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

/** A mark of a scale whose marks are `stepMs` apart: `14:05:09`, `14:05`, and the day where one
 *  begins. */
export function formatTick(at: number, stepMs: number): string {
  const date = new Date(at)
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
  if (isMidnight || stepMs >= day) return monthDay.format(date)
  return (stepMs < minute ? clock : shortClock).format(date)
}

const yearDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

/** `1 Mar 2027`: where the hour is no matter. */
export const formatDay = (at: number): string => yearDay.format(at)

export const formatClock = (at: number): string => clock.format(at)

/** `2026-03-01 14:05:09 UTC`. */
export const formatUtc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** `now`, `12 s`, `3 min`, `2 h 5 min`, `4 d`. */
export function formatAge(ageMs: number): string {
  if (ageMs < 1.5 * second) return 'now'
  if (ageMs < minute) return `${Math.floor(ageMs / second)} s`
  if (ageMs < hour) return `${Math.floor(ageMs / minute)} min`
  if (ageMs < day) {
    const minutes = Math.floor((ageMs % hour) / minute)
    return minutes === 0 ? `${Math.floor(ageMs / hour)} h` : `${Math.floor(ageMs / hour)} h ${minutes} min`
  }
  return `${Math.floor(ageMs / day)} d`
}

/** How far apart two instants are: `3 min`, `2 h 5 min`, `1 d 2 h`, `530 d`. */
export function formatSpan(spanMs: number): string {
  const hours = Math.floor((spanMs % day) / hour)
  return spanMs < day || spanMs >= 30 * day || hours === 0
    ? formatAge(spanMs)
    : `${Math.floor(spanMs / day)} d ${hours} h`
}

/** Clocks that are not set together differ by so much at most; an instant further ahead is not
 *  now. */
const aheadMs = 2 * minute

/** `now`, `3 min ago`, `4 d ahead`. */
export function formatAgo(ageMs: number): string {
  if (ageMs < -aheadMs) return `${formatSpan(-ageMs)} ahead`
  return ageMs < 1.5 * second ? 'now' : `${formatAge(ageMs)} ago`
}

/** `0:42`, `12:05`, `1:02:09`: for a duration that is compared with others. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / second))
  const pad = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`
}
