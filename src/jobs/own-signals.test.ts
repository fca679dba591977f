// Changes that an overlay may make to what jobs derive: the values of its own signals in the twin,
// and what is invalid of them. Trips, tracks and alerts never, whatever it says.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { driveJobs } from '../engine/job-driver.ts'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { createCatalogue, type Catalogue } from '../model/catalogue.ts'
import { parseOverlays } from '../model/overlay.ts'
import { findSignal, unitsBeyond } from '../model/vss.ts'
import { jobs } from './jobs.ts'
import { randomLife } from './random-life.contract.ts'

/** Names signals that lives tell and jobs read beyond the catalogue, and one that no job reads. */
const overlay = {
  Vehicle: {
    type: 'branch',
    children: {
      Custom: { type: 'branch', children: { Seat: { type: 'sensor', datatype: 'string', allowed: ['B'] } } },
      Powertrain: {
        type: 'branch',
        children: {
          TractionBattery: {
            type: 'branch',
            children: { NetCapacity: { type: 'sensor', datatype: 'uint8', unit: 'kWh', max: 40 } },
          },
        },
      },
    },
  },
}

function resultsOf(records: readonly StoredRecord[], catalogue?: Catalogue): Map<string, object> {
  const driver = driveJobs(jobs, catalogue === undefined ? {} : { catalogueOf: () => catalogue })
  driver.feed(records)
  driver.pass(1_800_000_000_000)
  return driver.results()
}

test('an overlay changes its own values in the twin and their anomalies, and nothing else', () => {
  const parsed = parseOverlays([{ file: 'own.json', text: JSON.stringify(overlay) }])
  assert.ok(parsed.ok)
  const catalogue = createCatalogue(parsed.value)
  let changed = 0
  fc.assert(
    fc.property(randomLife, (records) => {
      const [without, withIt] = [resultsOf(records), resultsOf(records, catalogue)]
      const others = (results: Map<string, object>) => [...results].filter(([id]) => !/^(twin|anomaly) /.test(id))
      assert.deepEqual(others(withIt), others(without))
      for (const [id, twin] of without) {
        if (!id.startsWith('twin ')) continue
        const [before, after] = [twin, withIt.get(id)].map((row) => ({
          ...(row as { readonly signals: Record<string, unknown> }).signals,
        }))
        const [seat, seatAfter] = [before, after].map(
          (signals) => signals?.['Vehicle.Custom.Seat'] as { readonly value: unknown } | undefined,
        )
        if (seat?.value === 'a') {
          assert.deepEqual(seatAfter?.value, { invalid: 'not-allowed', value: 'a' })
          changed++
        }
        delete before?.['Vehicle.Custom.Seat']
        delete after?.['Vehicle.Custom.Seat']
        assert.deepEqual(after, before)
      }
    }),
    { numRuns: 30 },
  )
  assert.ok(changed > 0, 'no life told the signal of the overlay')
})

test('every signal that a job names is of the catalogue, or among those that keep their units', () => {
  const cwd = fileURLToPath(new URL('../', import.meta.url))
  const files = globSync(['jobs/**/*.ts', 'plausibility/**/*.ts'], { cwd }).filter(
    (file) => !/\.(test|contract|testing)\.ts$|test-/.test(file),
  )
  const named = files.flatMap((file) =>
    [...readFileSync(`${cwd}${file}`, 'utf8').matchAll(/'(Vehicle(?:\.\w+)+)'/g)].map(([, path = '']) => path),
  )
  assert.ok(named.length > 20, 'the jobs were not found')
  assert.deepEqual(
    [...new Set(named)].filter(
      (path) => findSignal(path) === undefined && !unitsBeyond.has(path) && path !== 'Vehicle.CurrentLocation',
    ),
    [],
    'its unit stands in unitsBeyond (model/vss.ts), so that no overlay gives it another',
  )
})
