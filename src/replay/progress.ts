// How far a replay is: a bar that redraws itself on a terminal, a line now and then elsewhere.
import type { ReplayDeps } from './command.ts'
import type { ReplayProgress } from './replay.ts'
import { utcText } from './utc-text.ts'

const redrawMs = 100
const lineMs = 10_000
const barColumns = 24

/** `show` may be called as often as one likes. `end` leaves the cursor on a line of its own. */
export function openProgress({ complain, terminalColumns }: Pick<ReplayDeps, 'complain' | 'terminalColumns'>): {
  readonly show: (progress: ReplayProgress) => void
  end(): void
} {
  const startedAt = performance.now()
  let shownAt = startedAt
  let last: ReplayProgress | undefined
  return {
    show(progress) {
      last = progress
      const now = performance.now()
      if (now - shownAt < (terminalColumns === undefined ? lineMs : redrawMs)) return
      shownAt = now
      const line = progressLine(progress, now - startedAt, terminalColumns)
      complain(terminalColumns === undefined ? `${line}\n` : `\r${line}\u001b[K`)
    },
    end() {
      if (terminalColumns === undefined || last === undefined) return
      complain(`\r${progressLine(last, performance.now() - startedAt, terminalColumns)}\u001b[K\n`)
    },
  }
}

/** One line, cut to the terminal's width, without a position. */
export function progressLine(progress: ReplayProgress, elapsedMs: number, columns: number | undefined): string {
  const share = progress.total === 0 ? 1 : progress.samples / progress.total
  const filled = Math.round(share * barColumns)
  const bar = columns === undefined ? '' : `${'█'.repeat(filled)}${'░'.repeat(barColumns - filled)} `
  const leftMs = share > 0 ? (elapsedMs / share) * (1 - share) : 0
  const when = progress.at === 0 ? '' : `, ${utcText(progress.at)}`
  const line = `${bar}${String(Math.floor(share * 100)).padStart(3)} %, ${progress.samples} of ${progress.total} samples, ${progress.acknowledged} of ${progress.messages} messages acknowledged, ${duration(leftMs)} left, ${progress.vehicle}${when}`
  return columns === undefined ? line : line.slice(0, Math.max(0, columns - 1))
}

/** 75 000 -> "1 min 15 s". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
