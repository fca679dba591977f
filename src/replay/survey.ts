// A first look at a whole recording, before anything is sent: what is wrong with the file shows here, a bar knows how far
// it will go, and a shift in time knows where each segment ends.
import type { Mapping } from '../mapping/mapping.ts'
import { RecordingError } from './recorded-sample.ts'
import { readRecording, type ReadingOptions } from './recording.ts'

export type SegmentSpan = { samples: number; firstAt: number; lastAt: number }

/** Samples and span of each segment, in the order of the file; only those named in `only`, when it names any. Rejects with a
 *  `RecordingError`: what `readRecording` says, a segment that is not there, or no sample at all. */
export async function surveyRecording(
  file: string,
  mapping: Mapping,
  options: ReadingOptions & { readonly only?: readonly string[] } = {},
): Promise<ReadonlyMap<string, SegmentSpan>> {
  const spans = new Map<string, SegmentSpan>()
  for await (const { segment, at } of readRecording(file, mapping, options)) {
    const span = spans.get(segment)
    if (span === undefined) spans.set(segment, { samples: 1, firstAt: at, lastAt: at })
    else {
      span.samples++
      span.firstAt = Math.min(span.firstAt, at)
      span.lastAt = Math.max(span.lastAt, at)
    }
  }
  if (spans.size === 0) throw new RecordingError('format', `${file} has not one row with a readable time.`)
  if (options.only === undefined || options.only.length === 0) return spans
  const lacking = options.only.filter((segment) => !spans.has(segment))
  if (lacking.length > 0)
    throw new RecordingError('column', `There is no segment ${lacking.join(', ')} in ${file}. There are: ${[...spans.keys()].join(', ')}.`)
  return new Map([...spans].filter(([segment]) => options.only?.includes(segment)))
}
