// Recordings of real cars for tests: their samples as `roadstream replay` reads them, the tables of their publishers, and what the job makes of them.
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../model/read-models.ts'
import type { Mapping } from '../../replay/mapping.ts'
import { readRecording } from '../../replay/recording.ts'
import { trips } from './trips.ts'

export const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
export const skip = existsSync(data) ? false : 'the recordings are not beside this checkout'
export const metresPerMile = 1609.344

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

/** Rows of a CSV file (plain or gzip) by column: for the truths, which mappings leave out. */
export async function rowsOf(file: string): Promise<Record<string, string>[]> {
  const raw = createReadStream(data + file)
  const rows: Record<string, string>[] = []
  let names: string[] | undefined
  for await (const line of createInterface({ input: file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw })) {
    const fields = line
      .replaceAll(/"([^"]*)"/g, (_, text: string) => text.replaceAll(',', ' '))
      .trim()
      .split(',')
    if (names === undefined) names = fields
    else rows.push(Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])))
  }
  return rows
}

/** Samples of a message. */
const messageSamples = 60

/** The trips of one car's samples, all of them over. */
export function tripsOf(samples: readonly Sample[]): Trip[] {
  const driver = driveJobs([trips])
  for (let seq = 0; seq * messageSamples < samples.length; seq += 1) {
    const message = { boot: '00000000000000aa', seq, samples: samples.slice(seq * messageSamples, (seq + 1) * messageSamples) }
    driver.feed(recordsOf([message]), message.samples[0]!.at)
  }
  driver.pass(Number.MAX_SAFE_INTEGER)
  return [...driver.results()].filter(([id]) => id.startsWith('trip ')).map(([, trip]) => trip as Trip)
}
