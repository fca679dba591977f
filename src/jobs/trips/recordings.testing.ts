// Recordings of real cars for tests and benches: their samples as `roadstream replay` reads them,
// what the job makes of them, and how far that is from the raw files (raw-rows.testing.ts).
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { findMapping } from '../../replay/mapping-catalogue.ts'
import type { Mapping } from '../../mapping/mapping.ts'
import { readRecording } from '../../replay/recording.ts'
import {
  data,
  labelledSpans,
  rawSets,
  standingRow,
  stood,
  sumsOver,
  type RawRow,
  type Span,
} from './raw-rows.testing.ts'
import { trips } from './trips.ts'

/** The samples of a recording by segment. */
export async function samplesOf(file: string, mapping: Mapping): Promise<Map<string, Sample[]>> {
  const segments = new Map<string, Sample[]>()
  for await (const { segment, at, signals } of readRecording(data + file, mapping)) {
    const samples = segments.get(segment)
    if (samples === undefined) segments.set(segment, [{ at, signals }])
    else samples.push({ at, signals })
  }
  return segments
}

/** Samples of a message. */
const messageSamples = 60

/** The trips of one car's samples, all of them over. */
export function tripsOf(samples: readonly Sample[]): Trip[] {
  const driver = driveJobs([trips])
  for (let seq = 0; seq * messageSamples < samples.length; seq += 1) {
    const message = {
      boot: '00000000000000aa',
      seq,
      samples: samples.slice(seq * messageSamples, (seq + 1) * messageSamples),
    }
    driver.feed(recordsOf([message]), message.samples[0]!.at)
  }
  driver.pass(Number.MAX_SAFE_INTEGER)
  return [...driver.results()].filter(([id]) => id.startsWith('trip ')).map(([, trip]) => trip as Trip)
}

/** A car's recording, as samples and as the file has it. */
export type Recorded = {
  readonly name: string
  readonly samples: readonly Sample[]
  readonly rows: readonly RawRow[]
  /** The trips that there are, by the clock of the rows. */
  readonly truths: readonly Span[]
}

/** A set of recordings. Its trips are those that its publisher labelled; where there are no labels
 *  each recording is one. */
export async function recordedSet(name: keyof typeof rawSets): Promise<Recorded[]> {
  const mapping = findMapping(name)
  if (!mapping.ok) throw new Error(mapping.detail)
  const labels = name === 'cmap-trips' ? await labelledSpans() : undefined
  const recorded: Recorded[] = []
  for (const file of rawSets[name].files()) {
    const raw = await rawSets[name].read(file)
    for (const [segment, samples] of await samplesOf(file, mapping.value)) {
      const rows = raw.get(segment)!
      const whole = { startAt: rows[0]!.at, endAt: rows.at(-1)!.at }
      recorded.push({
        name: `${file} ${segment}`,
        samples,
        rows,
        truths: labels === undefined ? [whole] : (labels.get(segment) ?? []),
      })
    }
  }
  return recorded
}

/** Each trip that there is as a recording of its own, with reported standing added before and after
 *  it. */
export const withStanding = (
  recorded: readonly Recorded[],
  added: readonly [beforeMs: number, afterMs: number],
): Recorded[] =>
  recorded.flatMap(({ name, samples, rows, truths }) => {
    const aheadMs = samples[0]!.at - rows[0]!.at
    return truths.map(({ startAt, endAt }) => ({
      name: `${name} ${startAt}`,
      samples: stood(samples, { startAt: startAt + aheadMs, endAt: endAt + aheadMs }, added, (at) => ({
        at,
        signals: { 'Vehicle.Speed': 0 },
      })),
      rows: stood(rows, { startAt, endAt }, added, standingRow),
      truths: [{ startAt: startAt - added[0], endAt: endAt + added[1] }],
    }))
  })

/** A figure of a trip beside that of the raw file; the trip tells whole units of `unit`. */
export type Compared = { readonly name: string; readonly told: number; readonly raw: number; readonly unit: number }

export type Score = {
  readonly truths: number
  readonly derived: number
  /** Trips that there are of which both ends were found within 30 s. */
  readonly found: number
  /** Of all trips derived, where they tell it. */
  readonly metres: readonly Compared[]
  readonly idleSeconds: readonly Compared[]
  readonly kwh: readonly Compared[]
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 30_000

/** The score of what the job derives of recordings, beside the trips that there are and the sums of
 *  the raw rows over the same spans. */
export function scoreOf(recorded: readonly Recorded[]): Score {
  const score = {
    truths: 0,
    derived: 0,
    found: 0,
    metres: [] as Compared[],
    idleSeconds: [] as Compared[],
    kwh: [] as Compared[],
  }
  for (const { name, samples, rows, truths } of recorded) {
    const aheadMs = samples[0]!.at - rows[0]!.at
    const derived = tripsOf(samples).map((trip) => ({
      ...trip,
      startAt: trip.startAt - aheadMs,
      endAt: trip.endAt - aheadMs,
    }))
    score.truths += truths.length
    score.derived += derived.length
    score.found += truths.filter((truth) =>
      derived.some((trip) => near(trip.startAt, truth.startAt) && near(trip.endAt, truth.endAt)),
    ).length
    for (const trip of derived) {
      const raw = sumsOver(rows, trip)
      const of = `${name}, trip at ${trip.startAt}`
      score.metres.push({ name: of, told: trip.distanceM, raw: raw.m, unit: 1 })
      if (trip.idleMs !== null)
        score.idleSeconds.push({ name: of, told: trip.idleMs / 1000, raw: raw.idleS, unit: 0.001 })
      if (trip.energyKwh !== null) score.kwh.push({ name: of, told: trip.energyKwh, raw: raw.kwh, unit: 0.001 })
    }
  }
  return score
}

/** How far a figure is from that of the raw file, as a share of it. */
export const shareOff = ({ told, raw }: Compared): number => (told === raw ? 0 : Math.abs(told - raw) / Math.abs(raw))
