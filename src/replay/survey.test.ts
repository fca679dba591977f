import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import type { Mapping, TimeRule } from '../mapping/mapping.ts'
import { readRecording } from './recording.ts'
import { surveyRecordings } from './survey.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-survey-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

const mappingOf = (time: TimeRule): Mapping => ({
  name: 'test',
  about: '',
  from: { form: 'csv' },
  time,
  signals: { 'Vehicle.Speed': { field: 'v', unit: 'km/h' } },
})
const write = (name: string, instants: readonly (string | number)[]): string => {
  writeFileSync(join(scratch, name), `t,v\n${instants.map((at) => `${at},50\n`).join('')}`)
  return join(scratch, name)
}

async function played(files: readonly string[], mapping: Mapping, startAt?: number): Promise<number[]> {
  const { files: surveyed } = await surveyRecordings(files, mapping, startAt === undefined ? {} : { startAt })
  const instants: number[] = []
  for (const { file, reading } of surveyed)
    for await (const { at } of readRecording(file, mapping, reading)) instants.push(at)
  return instants
}

test('files with dates are played in the order of their time, whatever the order they are named in', async () => {
  const [late, early] = [write('a.csv', ['2026-03-02 08:00:00']), write('b.csv', ['2026-03-01 08:00:00'])]
  const mapping = mappingOf({ as: 'iso', field: 't', zone: 'UTC' })
  assert.deepEqual(await played([late, early], mapping), [Date.UTC(2026, 2, 1, 8), Date.UTC(2026, 2, 2, 8)])
})

test('files without dates follow one another and never lie over each other, from where they are told to start', async () => {
  const elapsed = mappingOf({ as: 'elapsed', field: 't', unit: 's' })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (recordings, isTold) => {
        const files = recordings.map((seconds, index) =>
          write(
            `undated-${index}.csv`,
            seconds.toSorted((a, b) => a - b),
          ),
        )
        const startAt = Date.UTC(isTold ? 2026 : 2020, 0, 1)
        const instants = await played(files, elapsed, isTold ? startAt : undefined)
        assert.deepEqual(
          instants,
          instants.toSorted((a, b) => a - b),
        )
        assert.equal(instants[0], startAt + Math.min(...(recordings[0] ?? [])) * 1000)
      },
    ),
    { numRuns: 30 },
  )
})

test('a file without one readable row is named with the mapping', async () => {
  const file = write('words.csv', ['noon'])
  await assert.rejects(surveyRecordings([file], mappingOf({ as: 'epoch', field: 't', unit: 's' })), {
    name: 'RecordingError',
    message: /words\.csv has not one row with a readable time .* mapping test/,
  })
})
