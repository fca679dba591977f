// Promise: a row that a job tells is one that its store takes. A writer refuses any other, so it
// would be lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { driveJobs } from '../engine/job-driver.ts'
import { derivedTopics } from '../eventlog/topics.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels } from '../read-models/read-models.ts'
import { rowCheck } from '../read-models/row-check.ts'
import { twinShape } from '../read-models/twins/twin-shape.ts'
import { jobs } from './jobs.ts'
import { randomLife } from './random-life.contract.ts'

const models = Object.values<AnyModel>(readModels)
const checks = new Map([
  ...models.map(({ topic, shape }) => [topic as string, rowCheck(topic, shape)] as const),
  ['twin', rowCheck('twin', twinShape)] as const,
])

test('every topic of derived rows has one shape', () => {
  assert.deepEqual([...checks.keys()].sort(), [...derivedTopics].sort())
  assert.equal(models.length + 1, derivedTopics.length)
})

test('whatever a car sends, every row that is told of it has the shape of its read model', () => {
  fc.assert(
    fc.property(randomLife, (records) => {
      const driver = driveJobs(jobs, { reload: false })
      driver.feed(records, records[0]!.at)
      driver.pass(1_800_000_000_000)
      for (const [name, row] of driver.results()) {
        // A topic that no store keeps has rows of its job's own.
        const checked = checks.get(name.split(' ')[0]!)?.(JSON.parse(JSON.stringify(row)) as Record<string, unknown>)
        assert.ok(checked?.ok !== false, checked?.ok === false ? checked.detail : '')
      }
    }),
    { numRuns: 60 },
  )
})
