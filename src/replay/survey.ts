// A first look at all recordings of a call, before anything is sent: what is wrong with a file
// shows here, a bar knows how far it will go, a shift in time knows where each segment ends, and
// files without dates are laid one after another.
import { basename } from 'node:path'
import { tripGapMs } from '../mapping/clockwork.ts'
import type { Catalogue } from '../model/catalogue.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { RecordingError } from './recorded-sample.ts'
import { readRecording, sparseColumns, type ReadingOptions } from './recording.ts'
import { whyNothing } from './why-nothing.ts'

export type SegmentSpan = { samples: number; firstAt: number; lastAt: number }

/** How a file is read again as it was surveyed. */
export type SurveyedFile = { readonly file: string; readonly reading: ReadingOptions; readonly firstAt: number }

export type Survey = {
  /** In the order of their first instants. */
  readonly files: readonly SurveyedFile[]
  /** Of all files together, by segment; only those that were asked for. */
  readonly spans: ReadonlyMap<string, SegmentSpan>
}

/** Files are of one car where the file is the segment. `startAt`: when the first began, of those
 *  without dates. Rejects with a `RecordingError`: what `readRecording` says, a segment that is not
 *  there, or a file without a sample. */
export async function surveyRecordings(
  files: readonly string[],
  mapping: Mapping,
  options: { readonly startAt?: number; readonly only?: readonly string[]; readonly catalogue?: Catalogue } = {},
): Promise<Survey> {
  const surveyed: SurveyedFile[] = []
  const spans = new Map<string, SegmentSpan>()
  let nextAt = options.startAt
  for (const file of files) {
    const sparse = await sparseColumns(file, mapping)
    const start =
      nextAt === undefined ? {} : options.startAt === undefined ? { undatedAt: nextAt } : { startAt: nextAt }
    const reading = { sparse, catalogue: options.catalogue, ...start }
    const span = await surveyFile(file, mapping, reading, spans)
    surveyed.push({ file, reading, firstAt: span.firstAt })
    nextAt = Math.max(nextAt ?? -Infinity, span.lastAt + tripGapMs)
  }
  surveyed.sort((a, b) => a.firstAt - b.firstAt)
  const { only = [] } = options
  const lacking = only.filter((segment) => !spans.has(segment))
  if (lacking.length > 0)
    throw new RecordingError(
      'column',
      `There is no segment ${lacking.join(', ')} in ${files.join(', ')}. There are: ${[...spans.keys()].join(', ')}.`,
    )
  return {
    files: surveyed,
    spans: only.length === 0 ? spans : new Map([...spans].filter(([segment]) => only.includes(segment))),
  }
}

async function surveyFile(
  file: string,
  mapping: Mapping,
  reading: ReadingOptions,
  spans: Map<string, SegmentSpan>,
): Promise<SegmentSpan> {
  const whole = { samples: 0, firstAt: Infinity, lastAt: -Infinity }
  for await (const { segment, at } of readRecording(file, mapping, reading)) {
    let span = spans.get(segment)
    if (span === undefined) spans.set(segment, (span = { samples: 0, firstAt: Infinity, lastAt: -Infinity }))
    for (const each of [span, whole]) {
      each.samples++
      each.firstAt = Math.min(each.firstAt, at)
      each.lastAt = Math.max(each.lastAt, at)
    }
  }
  if (whole.samples === 0)
    throw new RecordingError(
      'format',
      `${basename(file)} has not one row with a readable time and a value that the mapping ${mapping.name} takes. ${await whyNothing(file, mapping)}`,
    )
  return whole
}
