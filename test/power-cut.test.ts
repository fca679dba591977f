// The event log after a power cut: what its calls wrote, and what a disk may have of that at any
// moment, by a trace of them (support/power-cut). `npm run bench -- power-cut` is the same for as
// long as one likes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lies } from './support/power-cut/disk.ts'
import { judgeCuts, traceRun } from './support/power-cut/run.ts'
import { noTrace } from './support/power-cut/trace.ts'
import { temporaryFolder } from './support/running-system.ts'

const isLong = process.env['CI'] === 'true'
const cuts = isLong ? 300 : 120
const appends = isLong ? 120 : 40
const seed = Number(process.env['SEED'] ?? 7)

test(`the power is cut while a log is written (seed ${seed})`, { skip: noTrace, timeout: 280_000 }, async (t) => {
  using folder = temporaryFolder()
  const traced = await traceRun(folder.path, appends)
  t.diagnostic(`${traced.calls} calls, a file of ${traced.bytes} bytes, ${traced.packed} packed blocks in it`)
  assert.ok(traced.packed > 0, 'something of it was packed')

  await t.test('all that was acknowledged or read is there, and nothing is damaged', async () => {
    const reports = await judgeCuts({ ...traced, cuts, seed })
    const faults = reports.filter(({ fault }) => fault !== undefined)
    assert.deepEqual(faults, [], `${faults.length} of ${reports.length} cuts`)
    assert.ok(reports.length > cuts * 0.6 && reports.some(({ stored }) => stored > appends), 'the power was cut')
  })

  for (const lie of lies)
    await t.test(`something is lost where the disk forgets a ${lie}`, async () => {
      const reports = await judgeCuts({ ...traced, cuts, seed, lie, untilFault: true })
      assert.notEqual(reports.at(-1)?.fault, undefined, `${reports.length} cuts took nothing`)
    })
})
