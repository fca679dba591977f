// The gateway beside aedes with the same append and Mosquitto without any storage: messages a
// second, and CPU-seconds of the server's process for a million messages. Server and generator are
// pinned to a core each; a server's commits run on its core too. On a machine with other work rates
// swing and CPU for a million hardly does: the servers take turns in short rounds, and the median
// of each figure is what counts.
//
// With `--threads N` ours in N threads beside ours in one, both on N cores, and as many generators
// on the cores behind them, where the machine has so many; where it has not, nothing is pinned and
// only CPU for a million says something.
//
// A message of QoS 1 counts when it is acknowledged. One of QoS 0 counts when the server is done
// with it: for ours and aedes when it is in the log, for Mosquitto when it is read (see
// gateway.generator.ts).
import { availableParallelism } from 'node:os'
import type { StateBefore } from './support/by-turns.ts'
import {
  canMeasure,
  canPin,
  cpuSeconds,
  median,
  startNode,
  type Cores,
  type Report,
} from './support/measured-process.ts'
import { absenceOf, serverKinds, startMqttServer, type ServerKind } from './support/mqtt-servers.ts'

export const title =
  'Gateway: PUBLISH of 250 bytes; ours and aedes append it (fsync) before they acknowledge, Mosquitto stores nothing'

/** With `--before` it runs ours of both states itself, in short rounds. */
export const takesTurns = true

const roundsUsually = 3
const warmUpMs = 1200
const measuredMs = 2500
type Load = { readonly qos: 0 | 1; readonly connections: number; readonly window: number }
const loads: readonly Load[] = [
  { qos: 1, connections: 50, window: 64 },
  { qos: 0, connections: 50, window: 64 },
  { qos: 1, connections: 5000, window: 1 },
  { qos: 0, connections: 5000, window: 1 },
]

type LoadFigure = { readonly perSecond: number; readonly cpuPerMillion: number; readonly busy: number }

/** A server as it is measured. */
type Entrant = {
  readonly name: string
  readonly kind: ServerKind
  readonly threads: number
  readonly cores: Cores | undefined
  /** Where the generators run, one each. */
  readonly generatorCores: readonly (number | undefined)[]
  /** Ours as of another checkout. */
  readonly root?: string
}

async function measureLoad(entrant: Entrant, { qos, connections, window }: Load): Promise<LoadFigure> {
  const { kind, threads, cores, generatorCores, root } = entrant
  await using server = await startMqttServer(kind, cores, { threads, root })
  await using started = new AsyncDisposableStack()
  const share = connections / generatorCores.length
  const generators = generatorCores.map((core, index) =>
    started.use(
      startNode(core, 'gateway.generator.ts', [server.port, share, qos, window, warmUpMs, measuredMs, index * share]),
    ),
  )
  const reports = (): Promise<Report[]> => Promise.all(generators.map((generator) => generator.report()))
  await reports()
  await reports()
  const { pid } = server.process
  const storedBefore = await server.stored()
  const from = performance.now()
  const cpuBefore = cpuSeconds(pid)
  const answered = (await reports()).reduce((sum, report) => sum + report['answered']!, 0)
  const storedAfter = await server.stored()
  const cpu = cpuSeconds(pid) - cpuBefore
  const seconds = (performance.now() - from) / 1000
  const count = qos === 0 && storedAfter !== undefined ? storedAfter - storedBefore! : answered
  return { perSecond: count / seconds, cpuPerMillion: (cpu / count) * 1e6, busy: cpu / seconds }
}

/** The medians of the rounds, the servers by turns. */
async function compareLoad(entrants: readonly Entrant[], load: Load, rounds: number): Promise<void> {
  const figures = new Map<Entrant, LoadFigure[]>(entrants.map((entrant) => [entrant, []]))
  for (let round = 0; round < rounds; round++)
    for (const entrant of entrants) figures.get(entrant)!.push(await measureLoad(entrant, load))
  const of = (entrant: Entrant, field: keyof LoadFigure): number =>
    median(figures.get(entrant)!.map((figure) => figure[field]))
  console.log(`  QoS ${load.qos}, ${load.connections} × ${load.window} in flight`)
  for (const entrant of entrants) {
    const all = figures.get(entrant)!.map(({ cpuPerMillion }) => cpuPerMillion.toFixed(1))
    console.log(
      `    ${entrant.name.padEnd(10)} ${Math.round(of(entrant, 'perSecond')).toLocaleString('en').padStart(9)} a second,` +
        ` ${of(entrant, 'cpuPerMillion').toFixed(1).padStart(5)} CPU-seconds for a million (rounds: ${all.join(', ')}), ${Math.round(of(entrant, 'busy') * 100)} % of a core`,
    )
  }
  const [first, ...others] = entrants
  for (const other of others) {
    const perCore = of(other, 'cpuPerMillion') / of(first!, 'cpuPerMillion')
    const asFast = of(first!, 'perSecond') / of(other, 'perSecond')
    console.log(
      `    ${first!.name}: ${perCore.toFixed(1)} × ${other.name} for the same CPU, ${asFast.toFixed(1)} × as many a second`,
    )
  }
}

/** Ours in so many threads, and in one. */
function threadEntrants(threads: number): Entrant[] {
  const isRoom = canPin && availableParallelism() >= 2 * threads
  const cores = isRoom ? `0-${threads - 1}` : undefined
  const generatorCores = Array.from({ length: threads }, (_, index) => (isRoom ? threads + index : undefined))
  return [threads, 1].map((count) => ({
    name: count === 1 ? '1 thread' : `${count} threads`,
    kind: 'ours',
    threads: count,
    cores,
    generatorCores,
  }))
}

type GatewayOptions = {
  readonly threads?: number
  readonly before?: StateBefore
  readonly rounds?: number
}

/** Prints a table to standard output; with `before`, of ours now and as of that checkout.
 *  `BENCH_DIR` chooses the disk the log is on. */
export async function run({ threads, before, rounds = roundsUsually }: GatewayOptions = {}): Promise<void> {
  if (!canMeasure) {
    console.log('  skipped: CPU of the server is read from /proc, which is not here')
    return
  }
  const kinds = before !== undefined ? (['ours'] as const) : threads === undefined ? serverKinds : []
  for (const kind of kinds) if (absenceOf(kind) !== undefined) console.log(`  ${kind}: no figures, ${absenceOf(kind)}`)
  const present = kinds.filter((kind) => absenceOf(kind) === undefined)
  const entrants =
    threads === undefined
      ? present.map((kind): Entrant => ({ name: kind, kind, threads: 1, cores: 0, generatorCores: [1] }))
      : threadEntrants(threads)
  if (before !== undefined) entrants.push({ ...entrants[0]!, name: 'before', root: before.dir })
  const isPinned = canPin && entrants[0]!.cores !== undefined
  console.log(
    `  ${isPinned ? 'servers and generators on cores of their own' : 'not pinned'}; medians of ${rounds} rounds by turns; other work on the machine shows in the rates`,
  )
  for (const load of loads) await compareLoad(entrants, load, rounds)
}
