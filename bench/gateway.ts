// The gateway beside aedes with the same append and Mosquitto without any storage: messages a second, and CPU-seconds of the server's process for a
// million messages. Server and generator are pinned to a core each; a server's commits run on its core too. On a machine with other work rates swing
// and CPU for a million hardly does: the servers take turns in short rounds, and the median of each figure is what counts.
//
// A message of QoS 1 counts when it is acknowledged. One of QoS 0 counts when the server is done with it: for ours and aedes when it is in the log, for
// Mosquitto when it is read (see gateway.generator.ts).
import { canMeasure, canPin, cpuSeconds, median, startNode } from './support/measured-process.ts'
import { absenceOf, serverKinds, startMqttServer, type ServerKind } from './support/mqtt-servers.ts'

export const title = 'Gateway: PUBLISH of 250 bytes; ours and aedes append it (fsync) before they acknowledge, Mosquitto stores nothing'

const rounds = 3
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

async function measureLoad(kind: ServerKind, { qos, connections, window }: Load): Promise<LoadFigure> {
  await using server = await startMqttServer(kind, 0)
  await using generator = startNode(1, 'gateway.generator.ts', [server.port, connections, qos, window, warmUpMs, measuredMs])
  await generator.report()
  await generator.report()
  const { pid } = server.process
  const storedBefore = await server.stored()
  const from = performance.now()
  const cpuBefore = cpuSeconds(pid)
  const { answered } = await generator.report()
  const storedAfter = await server.stored()
  const cpu = cpuSeconds(pid) - cpuBefore
  const seconds = (performance.now() - from) / 1000
  const count = qos === 0 && storedAfter !== undefined ? storedAfter - storedBefore! : answered!
  return { perSecond: count / seconds, cpuPerMillion: (cpu / count) * 1e6, busy: cpu / seconds }
}

/** The medians of the rounds, the servers by turns. */
async function compareLoad(kinds: readonly ServerKind[], load: Load): Promise<void> {
  const figures = new Map<ServerKind, LoadFigure[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round < rounds; round++) for (const kind of kinds) figures.get(kind)!.push(await measureLoad(kind, load))
  const of = (kind: ServerKind, field: keyof LoadFigure): number => median(figures.get(kind)!.map((figure) => figure[field]))
  console.log(`  QoS ${load.qos}, ${load.connections} × ${load.window} in flight`)
  for (const kind of kinds) {
    const all = figures.get(kind)!.map(({ cpuPerMillion }) => cpuPerMillion.toFixed(1))
    console.log(
      `    ${kind.padEnd(10)} ${Math.round(of(kind, 'perSecond')).toLocaleString('en').padStart(9)} a second,` +
        ` ${of(kind, 'cpuPerMillion').toFixed(1).padStart(5)} CPU-seconds for a million (rounds: ${all.join(', ')}), core ${Math.round(of(kind, 'busy') * 100)} % busy`,
    )
  }
  for (const other of kinds.filter((kind) => kind !== 'ours')) {
    const perCore = of(other, 'cpuPerMillion') / of('ours', 'cpuPerMillion')
    const asFast = of('ours', 'perSecond') / of(other, 'perSecond')
    console.log(`    ours: ${perCore.toFixed(1)} × ${other} for the same CPU, ${asFast.toFixed(1)} × as many a second`)
  }
}

/** Prints a table to standard output. `BENCH_DIR` chooses the disk the log is on. */
export async function run(): Promise<void> {
  if (!canMeasure) {
    console.log('  skipped: CPU of the server is read from /proc, which is not here')
    return
  }
  console.log(
    `  ${canPin ? 'server and generator on a core each' : 'not pinned'}; medians of ${rounds} rounds by turns; other work on the machine shows in the rates`,
  )
  for (const kind of serverKinds) if (absenceOf(kind) !== undefined) console.log(`  ${kind}: no figures, ${absenceOf(kind)}`)
  const kinds = serverKinds.filter((kind) => absenceOf(kind) === undefined)
  for (const load of loads) await compareLoad(kinds, load)
}
