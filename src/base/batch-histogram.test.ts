// Held against prom-client's own histogram, whose inner method it replaces: a version that calls
// another one fails here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram, Registry } from 'prom-client'
import { BatchHistogram } from './batch-histogram.ts'

const valuesIn = async (registry: Registry) =>
  (await registry.getMetricsAsJSON()).flatMap(({ values }) => values.map(({ labels, value }) => ({ labels, value })))
const [name, help, buckets] = ['waits', 'How long it took.', [0.5, 1, 2.5]]

test('values that are counted many at a time are shown as if each had been observed alone', async () => {
  const [many, single] = [new Registry(), new Registry()]
  const batches = new BatchHistogram(many, name, help, buckets)
  const plain = new Histogram({ name, help, buckets, registers: [single] })
  for (const [value, count] of [
    [0, 2],
    [0.5, 3],
    [0.75, 1],
    [2, 4],
    [2.5, 1],
    [9, 5],
  ] as const) {
    batches.observeMany(value, count)
    for (let each = 0; each < count; each++) plain.observe(value)
  }
  assert.equal(await many.metrics(), await single.metrics())
  assert.deepEqual(await valuesIn(many), await valuesIn(single))
})
