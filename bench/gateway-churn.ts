// Cars that come and go for a stated time (`--minutes N`, one by default): after each part everyone
// leaves, and what the gateway still holds is printed. Flat means: the last line is like the
// second. The gateway on one core, the cars on the other.
import { runChurn } from '../test/support/churn-run.ts'
import { startGatewayProcess, type Vitals } from '../test/support/gateway-process.ts'
import { canMeasure, canPin, memoryBytes, pinTo } from './support/measured-process.ts'

export const title = 'Gateway: churn, and what it leaves behind'

const parts = 12
const width = 24
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function line(lives: number, pid: number, vitals: Vitals): string {
  const { heapBytes, bufferBytes, connections, sessions, maps, timers, entries } = vitals
  const memory = canMeasure ? `, process ${megabytes(memoryBytes(pid))}` : ''
  return `  after ${lives.toLocaleString('en').padStart(9)} lives: heap ${megabytes(heapBytes)}, buffers ${megabytes(bufferBytes)}${memory}; ${connections} connections, ${sessions} sessions, ${maps} maps, ${timers} timers, ${entries} entries stored`
}

export async function run({ minutes = 1 }: { readonly minutes?: number } = {}): Promise<void> {
  if (canPin) pinTo(1)
  await using gateway = await startGatewayProcess(0)
  console.log(`  seed ${seed}, ${minutes} minutes`)
  console.log(line(0, gateway.pid, await gateway.settled(0, 0)))
  const total = { lives: 0, acknowledged: 0, delivered: 0, takenOver: 0 }
  for (let part = 0; part < parts; part++) {
    const result = await runChurn({
      port: gateway.port,
      seed: seed + part,
      durationMs: (minutes * 60_000) / parts,
      width,
    })
    for (const name of ['lives', 'acknowledged', 'delivered', 'takenOver'] as const) total[name] += result[name]
    console.log(line(total.lives, gateway.pid, await gateway.settled(0, 0)))
  }
  const { stalls, disconnects } = await gateway.vitals()
  console.log(`  ${JSON.stringify(total)}; ended: ${JSON.stringify(disconnects)}`)
  console.log(
    `  the loop stood still for at most ${stalls.worst.toFixed(1)} ms; the most CPU in one round was ${stalls.busiest.toFixed(1)} ms`,
  )
}
