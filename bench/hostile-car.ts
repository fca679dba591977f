// One car with a password that sends as much as it may, beside usual ones: the time that the list
// of vehicles takes for others, what the disk grows by for each byte of it, and how large what is
// known of it becomes. The system is as `start` runs it, in a process of its own, the cars in
// another.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { Anomaly, Listing, SystemState, VehicleListing } from '../src/api/contract.ts'
import { signIn, type ApiClient } from '../test/support/api-client.ts'
import { startSystem, temporaryFolder } from '../test/support/running-system.ts'
import { scrape, sumIn } from '../test/support/scrape.ts'
import { diskBytes } from './support/disk-bytes.ts'
import { pause, startNode } from './support/measured-process.ts'

export const title =
  'A car that sends as much as it may, beside 20 usual ones: GET /vehicles, the disk, and what is known of the car'

const cars = 20
const hostile = 'hostile'
const settleMs = 20_000
const lookEveryMs = 100
const listP99MaxMs = 50
const growthMax = 2

const say = (line: string): void => void process.stdout.write(`  ${line}\n`)
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export async function run({ minutes = 5 } = {}): Promise<void> {
  using folder = temporaryFolder()
  await using system = await startSystem({ dataDir: folder.path })
  const api = await signIn(system.setupUrl ?? '')
  await using load = startNode(undefined, 'hostile-car.cars.ts', [system.mqttUrl, folder.path, cars, hostile])
  await load.report()
  await pause(settleMs)
  const before = sizesOf(folder.path)
  const quiet = await lists(api, settleMs)
  await load.ask('begin')
  const beside = await lists(api, minutes * 60_000)
  const { bytes: sent = 0 } = await load.ask('bytes')
  const after = sizesOf(folder.path)
  say(`GET /vehicles before: ${shown(quiet)}`)
  say(
    `GET /vehicles beside it: ${shown(beside)}; ${verdict(at(beside, 0.99) < listP99MaxMs)} p99 under ${listP99MaxMs} ms`,
  )
  const grown = after['all files']! - before['all files']!
  say(
    `in ${minutes} minutes it sent ${megabytes(sent)}, and the disk grew by ${megabytes(grown)}: ${(grown / sent).toFixed(2)} times;`,
  )
  say(`${verdict(grown <= growthMax * sent)} at most ${growthMax} times what it sent`)
  for (const [name, bytes] of Object.entries(after))
    if (Math.abs(bytes - (before[name] ?? 0)) > 1e6)
      say(`  ${name.padEnd(34)}${megabytes(bytes - (before[name] ?? 0))}`)
  await tellCar(api, system.dashboardUrl)
  await system.stop()
}

const verdict = (isMet: boolean): string => (isMet ? 'met:' : 'NOT met:')

function sizesOf(dir: string): Record<string, number> {
  const sizes: Record<string, number> = { 'all files': diskBytes(dir) }
  for (const name of readdirSync(dir)) sizes[`files: ${name}`] = diskBytes(join(dir, name))
  sizes['files: postgres, its log of writes'] = diskBytes(join(dir, 'postgres', 'cluster', 'pg_wal'))
  return sizes
}

/** Milliseconds of each, in order of size. */
async function lists(api: ApiClient, forMs: number): Promise<readonly number[]> {
  const took: number[] = []
  for (const endAt = performance.now() + forMs; performance.now() < endAt; await wait(lookEveryMs)) {
    const from = performance.now()
    await api.get<VehicleListing>('/vehicles')
    took.push(performance.now() - from)
  }
  return took.toSorted((a, b) => a - b)
}

const at = (sorted: readonly number[], part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? NaN

const shown = (sorted: readonly number[]): string =>
  `p50 ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms, worst ${at(sorted, 1).toFixed(1)} ms of ${sorted.length}`

/** Size and anomalies of it, what was left out, and what is not yet read. */
async function tellCar(api: ApiClient, dashboardUrl: string): Promise<void> {
  const { lag } = await api.get<SystemState>('/system')
  const detail = await api.get<{ readonly signals: readonly unknown[] }>(`/vehicles/${hostile}`)
  say(
    `its twin: ${detail.signals.length} signals, ${JSON.stringify(detail).length.toLocaleString('en')} characters as JSON`,
  )
  const { rows } = await api.get<Listing<Anomaly>>(`/anomalies?vehicle=${hostile}`)
  for (const { kind, count, parts } of rows)
    say(`its anomaly ${kind}: ${count} (${parts[0]?.subject ?? ''}, ${parts[0]?.reason ?? ''})`)
  const metrics = (await scrape(`${dashboardUrl}/metrics`)) ?? ''
  say(`roadstream_jobs_left_out_total: ${sumIn(metrics, 'roadstream_jobs_left_out_total').toLocaleString('en')}`)
  say(`records not yet read: ${lag.reduce((sum, { records }) => sum + records, 0)}`)
}
