// Cars that come and go leave nothing behind: no memory, no session, no subscription, no timer.
// `npm run bench -- gateway-churn --minutes 60` is the long form.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runChurn } from './support/churn-run.ts'
import { startGatewayProcess } from './support/gateway-process.ts'

const durationMs = process.env['CI'] === 'true' ? 20_000 : 3000
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
/** Growth of the compiler's code and feedback after the warm-up. */
const slackBytes = 3_000_000
/** Buffers that are used again and again (reads, batches, acknowledgements) come to this however
 *  long it runs; a warm-up on a busy machine does not use all of them. */
const reusedBytes = 6_000_000

test(`after ${durationMs / 1000} s of connecting, subscribing, publishing, taking over and leaving, the gateway is what it was`, async (context) => {
  context.diagnostic(`seed ${seed}`)
  await using gateway = await startGatewayProcess()
  const run = (part: number, ms: number) =>
    runChurn({ port: gateway.port, seed: seed + part, durationMs: ms, width: 24 })
  await run(0, durationMs / 2)
  const before = await gateway.settled(0, 0)
  const result = await run(1, durationMs)
  const after = await gateway.settled(0, 0)
  context.diagnostic(`${JSON.stringify(result)}; ended: ${JSON.stringify(after.disconnects)}`)
  assert.equal(gateway.end(), undefined)
  for (const name of ['lives', 'acknowledged', 'delivered', 'takenOver'] as const)
    assert.ok(result[name] > 0, `no ${name}`)
  const left = ({ sockets, arrivals, connections, sessions, timers }: typeof after) => ({
    sockets,
    arrivals,
    connections,
    sessions,
    timers,
  })
  assert.deepEqual(left(after), { sockets: 0, arrivals: 0, connections: 0, sessions: 0, timers: before.timers })
  // The retained messages of some hundred topics may have come meanwhile, each a branch of the tree
  // and an entry of the store; subscriptions are all gone.
  assert.ok(after.maps - before.maps <= 150, `from ${before.maps} to ${after.maps} maps`)
  assert.ok(after.entries <= 130, `${after.entries} entries are left in the store`)
  assert.ok(
    after.heapBytes - before.heapBytes < slackBytes,
    `the heap grew from ${before.heapBytes} to ${after.heapBytes} bytes`,
  )
  assert.ok(
    after.bufferBytes < Math.max(before.bufferBytes + slackBytes, reusedBytes),
    `buffers grew from ${before.bufferBytes} to ${after.bufferBytes} bytes`,
  )
})
