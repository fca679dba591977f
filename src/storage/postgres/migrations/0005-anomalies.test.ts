// A database of the schema before: its counts stay, with what was not counted then unknown, and
// anomalies find room beside them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anomalyRow, ledgerRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('counts from before numbers were compared stay, with reused numbers and jumps unknown; a jump alone is trouble from then on', async () => {
  await using storage = await openFromSchema(4, [
    { text: `insert into ledger values ('acme/v1/event', 'acme', 'v1', 'event', 4, 3, 3, 0, 0, 0, 1, 9, 0, 11)` },
  ])
  const [entry] = (await storage.ledger.list(wholeReach('acme'), {}, { limit: 9 })).rows
  assert.deepEqual([entry?.missing, entry?.lastReceivedAt, entry?.reused, entry?.jumps], [1, 11, null, null])
  assert.deepEqual(
    (await storage.ledger.totals(wholeReach('acme'))).map(({ reused, jumps }) => [reused, jumps]),
    [[null, null]],
  )
  await storage.ledger.put([{ id: 'acme/v2/event', row: ledgerRow('v2', 'event', { jumps: 1 }) }], {})
  assert.deepEqual(
    (await storage.ledger.list(wholeReach('acme'), { troubled: true }, { limit: 9 })).rows.map(
      ({ vehicle }) => vehicle,
    ),
    ['v1', 'v2'],
  )
  const anomaly = anomalyRow('v2', 'number')
  await storage.anomalies.put([{ id: 'acme/v2/number', row: anomaly }], {})
  assert.deepEqual((await storage.anomalies.list(wholeReach('acme'), {}, { limit: 9 })).rows, [anomaly])
})
