import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatherMs, promisedMs, restAfter, workShare } from './gathering.ts'

const { jobs, critical, jobsOnKafka, said, translator, alert, row, feed, positions } = gatherMs
const ways = {
  'an airbag to its alert': { stages: [critical, alert, feed], within: promisedMs.alert },
  'a pulse to its alert': { stages: [jobs, alert], within: promisedMs.alert },
  'a message to its row': { stages: [Math.max(jobs, said), row], within: promisedMs.row },
  'a message to its row, on Kafka': { stages: [Math.max(jobsOnKafka, said), row], within: promisedMs.row },
  "a publisher's message to its row": { stages: [translator, Math.max(jobs, said), row], within: promisedMs.row },
  'a message to the live map': { stages: [Math.max(jobs, said), feed, positions], within: promisedMs.feed },
  'a message to the live map, on Kafka': {
    stages: [Math.max(jobsOnKafka, said), feed, positions],
    within: promisedMs.feed,
  },
}

for (const [way, { stages, within }] of Object.entries(ways))
  test(`${way} waits no longer than its promise allows`, () => {
    const waits = stages.reduce<number>((sum, ms) => sum + ms, 0)
    assert.ok(waits <= within * (1 - workShare), `${waits} of ${within} ms`)
  })

test('a rest is the shorter the more comes and the longer it takes, and batches settle below what they may hold', () => {
  const most = 1_000
  const rest = (records: number): number => restAfter(gatherMs.row, { fill: records / most, tookMs: 0 })
  let before: number = gatherMs.row
  for (const perMs of [0.01, 0.245, 1, 10, 100]) {
    let records = 0
    for (let batch = 0; batch < 1_000; batch++) records += (perMs * rest(records) - records) / 100
    assert.ok(records < most && rest(records) < before, `${perMs} a ms: batches of ${records}`)
    before = rest(records)
  }
  assert.equal(restAfter(300, { fill: 1, tookMs: 0 }), 0)
  assert.equal(restAfter(300, { fill: 0.5, tookMs: 100 }), 50)
  assert.equal(restAfter(300, { fill: 0, tookMs: 1_000 }), 0)
})
