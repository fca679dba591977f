// How far the jobs that are derived anew have come.
import type { Clock } from '../base/clock.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'

/** A job that is derived anew or catches up with the others. */
export type RebuildProgress = {
  readonly job: string
  /** The version whose results it replaces; null when there was none. */
  readonly from: number | null
  readonly to: number
  /** Of what the log keeps, over all partitions. */
  readonly percent: number
}

export type Progress = {
  /** Looks again if that is long ago, and tells. */
  look(): Promise<void>
  now(): readonly RebuildProgress[]
}

const lookEveryMs = 1_000

export function createProgress(
  lanes: Lanes,
  steady: Clock,
  onProgress?: (rebuilds: readonly RebuildProgress[]) => void,
): Progress {
  let rebuilds: readonly RebuildProgress[] = []
  let lookedAt = -Infinity
  return {
    async look() {
      const isOver = lanes.others.length === 0
      if (isOver ? rebuilds.length === 0 : steady.now() - lookedAt < lookEveryMs) return
      lookedAt = steady.now()
      rebuilds = isOver ? [] : await measure(lanes)
      onProgress?.(rebuilds)
    },
    now: () => rebuilds,
  }
}

async function measure(lanes: Lanes): Promise<RebuildProgress[]> {
  const jobs = new Map<string, { from: number | null; to: number; kept: number; left: number }>()
  for (const lane of lanes.all) {
    const { kept, left } = await measureLane(lane)
    for (const { job, base } of lane.tasks) {
      const known = jobs.get(job.name) ?? { from: base.from, to: job.version, kept: 0, left: 0 }
      jobs.set(job.name, { ...known, kept: known.kept + kept, left: known.left + (lane.isMain ? 0 : left) })
    }
  }
  const rebuilt = new Set(lanes.others.flatMap(({ tasks }) => tasks.map(({ job }) => job.name)))
  return [...jobs]
    .filter(([job]) => rebuilt.has(job))
    .map(([job, { from, to, kept, left }]) => ({
      job,
      from,
      to,
      percent: kept === 0 ? 100 : Math.floor(100 * (1 - left / kept)),
    }))
}

async function measureLane({ reader }: Lane): Promise<{ kept: number; left: number }> {
  const [kept, lag] = await Promise.all([reader.kept(), reader.lag()])
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  return { kept: sum([...kept.values()]), left: sum([...lag.values()].map(({ records }) => records)) }
}
