// A million hostile packets over real sockets: does the gateway stand, does it grow, how long does
// its loop stand still, and what do four clients that behave well notice. The gateway on one core,
// the fuzzer on the other. SEED repeats a run, PACKETS changes its length.
import { runFuzz } from '../test/support/fuzz-run.ts'
import { startGatewayProcess, type Vitals } from '../test/support/gateway-process.ts'
import { canPin, pinTo } from './support/measured-process.ts'

export const title = 'Gateway: a million hostile packets'

const wanted = Number(process.env['PACKETS'] ?? 1_000_000)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const part = Math.min(100_000, wanted)
const width = 32

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const sizeOf = ({ heapBytes, bufferBytes }: Vitals): string =>
  `${megabytes(heapBytes)} of heap and ${megabytes(bufferBytes)} of buffers`

export async function run(): Promise<void> {
  if (canPin) pinTo(1)
  await using gateway = await startGatewayProcess(0)
  console.log(`  seed ${seed}`)
  // Until its code is compiled a process grows and stalls for reasons of its own.
  await runFuzz({ port: gateway.port, seed: seed - 1, packets: part / 5, width })
  const before = await gateway.settled(0, 0)
  await gateway.forgetStalls()
  let after = before
  let connections = 0
  let acknowledged = 0
  let slowestMs = 0
  const complaints: string[] = []
  for (let round = 0; after.packets - before.packets < wanted; round++) {
    const result = await runFuzz({ port: gateway.port, seed: seed + round, packets: part, width })
    connections += result.connections
    acknowledged += result.acknowledged
    slowestMs = Math.max(slowestMs, result.slowestMs)
    complaints.push(...result.complaints)
    after = await gateway.settled(0, 0)
  }
  console.log(
    `  ${(after.packets - before.packets).toLocaleString('en')} packets handled on ${connections.toLocaleString('en')} connections, ended: ${JSON.stringify(after.disconnects)}`,
  )
  console.log(
    `  the loop stood still for at most ${after.stalls.worst.toFixed(1)} ms; 99 % of looks under ${after.stalls.p99.toFixed(1)} ms, 99.9 % under ${after.stalls.p999.toFixed(1)} ms, in the worst part of ${part.toLocaleString('en')} packets; the most CPU in one round was ${after.stalls.busiest.toFixed(1)} ms`,
  )
  console.log(
    `  before: ${sizeOf(before)}; after: ${sizeOf(after)}; ${after.connections} connections, ${after.sessions} sessions and ${after.timers} timers are left (${before.timers} timers before)`,
  )
  console.log(
    `  four clients that behave: ${acknowledged.toLocaleString('en')} messages acknowledged, the slowest pair in ${slowestMs.toFixed(0)} ms; complaints: ${complaints.length === 0 ? 'none' : complaints.join('; ')}`,
  )
}
