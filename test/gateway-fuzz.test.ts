// Nothing a client can say brings the gateway down, makes it grow, or keeps it from serving others.
// `npm run bench -- gateway-fuzz` runs a million packets and looks at the stalls of its loop as
// well.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFuzz } from './support/fuzz-run.ts'
import { startGatewayProcess } from './support/gateway-process.ts'

const packets = process.env['CI'] === 'true' ? 200_000 : 20_000
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
/** Growth of the compiler's code and feedback after the warm-up. */
const slackBytes = 4_000_000

test(`${packets.toLocaleString('en')} packets, valid, mutated and torn to pieces: the gateway stands, does not grow, and serves those who behave`, async (context) => {
  context.diagnostic(`seed ${seed}`)
  await using gateway = await startGatewayProcess()
  const run = (part: number, count: number) =>
    runFuzz({ port: gateway.port, seed: seed + part, packets: count, width: 32 })
  await run(0, packets / 4)
  const before = await gateway.settled(0, 0)
  const { complaints, acknowledged, connections } = await run(1, packets)
  const after = await gateway.settled(0, 0)
  context.diagnostic(
    `${after.packets - before.packets} packets handled on ${connections} connections; ended: ${JSON.stringify(after.disconnects)}`,
  )
  assert.deepEqual(complaints, [])
  assert.ok(acknowledged > 0)
  assert.equal(gateway.end(), undefined)
  assert.deepEqual(
    { connections: after.connections, sessions: after.sessions, sockets: after.sockets, timers: after.timers },
    { connections: 0, sessions: 0, sockets: 0, timers: before.timers },
  )
  assert.ok(
    after.heapBytes - before.heapBytes < slackBytes,
    `the heap grew from ${before.heapBytes} to ${after.heapBytes} bytes`,
  )
  assert.ok(
    after.bufferBytes - before.bufferBytes < slackBytes,
    `buffers grew from ${before.bufferBytes} to ${after.bufferBytes} bytes`,
  )
})
