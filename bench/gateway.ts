// The gateway beside aedes with the same append: acknowledged messages a second, CPU for a million, memory for an idle connection. Server and
// generator are processes of their own, each pinned to a core where `taskset` is there; the server's commits run on its core too. On a machine with
// other work rates swing and CPU for a million hardly does: both take turns in short rounds, and the median of each figure is what counts.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const title = 'Gateway: QoS 1 PUBLISH of 250 bytes, appended (fsync) before the PUBACK'

const rounds = 3
const warmUpMs = 1200
const measuredMs = 2500
const idleConnections = 10_000
const settleMs = 3000
const kinds = ['ours', 'aedes'] as const
type Kind = (typeof kinds)[number]
const loads = [
  { connections: 50, window: 64 },
  { connections: 5000, window: 1 },
]

type Child = { readonly pid: number; line(): Promise<Record<string, number>>; stop(): Promise<void> }

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-p', String(process.pid)]).status === 0

function start(core: number, file: string, args: readonly (string | number)[]): Child {
  const command = [process.execPath, new URL(file, import.meta.url).pathname, ...args.map(String)]
  const [program, ...rest] = canPin ? ['taskset', '-c', String(core), ...command] : command
  // As run.mjs starts it.
  const env = { UV_THREADPOOL_SIZE: '16', ...process.env, NODE_NO_WARNINGS: '1' }
  const child = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    pid: child.pid!,
    async line() {
      const next = await lines.next()
      if (next.done === true) throw new Error(`${file} ended before it said what was asked of it.`)
      return JSON.parse(next.value) as Record<string, number>
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** User and system seconds of a process so far; from /proc, in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const rssBytes = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs `body` with a server on a fresh log and a generator against it, and ends both. */
async function withServer<Figure>(
  kind: Kind,
  load: readonly number[],
  body: (server: Child, generator: () => Child) => Promise<Figure>,
): Promise<Figure> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-gateway-'))
  const server = start(0, 'gateway.server.ts', [kind, dir])
  const generators: Child[] = []
  try {
    const port = (await server.line())['port']!
    return await body(server, () => {
      const generator = start(1, 'gateway.generator.ts', [port, ...load])
      generators.push(generator)
      return generator
    })
  } finally {
    for (const generator of generators) await generator.stop()
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

type LoadFigure = { readonly perSecond: number; readonly cpuPerMillion: number }

const measureLoad = (kind: Kind, connections: number, window: number): Promise<LoadFigure> =>
  withServer(kind, [connections, window, warmUpMs, measuredMs], async (server, startGenerator) => {
    const generator = startGenerator()
    await generator.line()
    await generator.line()
    const cpuBefore = cpuSeconds(server.pid)
    const { acknowledged, ms } = await generator.line()
    const cpu = cpuSeconds(server.pid) - cpuBefore
    return { perSecond: (acknowledged! / ms!) * 1000, cpuPerMillion: (cpu / acknowledged!) * 1e6 }
  })

const measureIdle = (kind: Kind): Promise<number> =>
  withServer(kind, [idleConnections, 0, 0, 0], async (server, startGenerator) => {
    await pause(settleMs)
    const before = rssBytes(server.pid)
    const generator = startGenerator()
    await generator.line()
    await pause(settleMs)
    return (rssBytes(server.pid) - before) / idleConnections
  })

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** The medians of the rounds, ours and aedes by turns. */
async function compareLoad(connections: number, window: number): Promise<void> {
  const figures: Record<Kind, LoadFigure[]> = { ours: [], aedes: [] }
  for (let round = 0; round < rounds; round++) for (const kind of kinds) figures[kind].push(await measureLoad(kind, connections, window))
  const of = (kind: Kind, field: keyof LoadFigure): number => median(figures[kind].map((figure) => figure[field]))
  for (const kind of kinds) {
    const all = figures[kind].map((figure) => figure.cpuPerMillion.toFixed(1)).join(', ')
    console.log(
      `  ${kind.padEnd(6)} ${connections} × ${window}: ${Math.round(of(kind, 'perSecond')).toLocaleString('en')} acknowledged/s, ` +
        `${of(kind, 'cpuPerMillion').toFixed(1)} CPU-seconds for a million (rounds: ${all})`,
    )
  }
  const perCore = of('aedes', 'cpuPerMillion') / of('ours', 'cpuPerMillion')
  const asFast = of('ours', 'perSecond') / of('aedes', 'perSecond')
  console.log(`  ours does ${perCore.toFixed(1)} × as many for the same CPU, ${asFast.toFixed(1)} × as many a second`)
}

/** Prints a table to standard output. `BENCH_DIR` chooses the disk the log is on. */
export async function run(): Promise<void> {
  if (!existsSync('/proc/self/stat')) {
    console.log('  skipped: CPU and memory of the server are read from /proc, which is not here')
    return
  }
  console.log(
    `  ${canPin ? 'server and generator on a core each' : 'not pinned'}; medians of ${rounds} rounds by turns; other work on the machine shows in the rates`,
  )
  for (const { connections, window } of loads) await compareLoad(connections, window)
  for (const kind of kinds)
    console.log(
      `  ${kind.padEnd(6)} ${idleConnections} idle connections: ${Math.round(await measureIdle(kind))} bytes of process memory each`,
    )
}
