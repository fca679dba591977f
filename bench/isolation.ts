// The burden that a car that behaves has to bear from those that do not: the time from its PUBLISH
// to the PUBACK, without and with each disturbance, the connections that were lost, and the most
// memory the gateway took. The gateway has its limits as they come; it and the cars are processes
// of their own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeSubscribe } from '../src/mqtt/encode-packet.ts'
import { connectPacket, publishPacket } from '../src/gateway/gateway.testing.ts'
import { telemetry } from '../src/gateway/gateway.testing.ts'
import { canMeasure, pause, startNode, type MeasuredProcess } from './support/measured-process.ts'

export const title =
  'Isolation: PUBACK of 200 cars with a message every 100 ms each, beside cars and a log that misbehave'

const cars = 200
const everyMs = 100
const measuredMs = 8000
const stallMs = 60_000
const reconnects = 10_000

type Disturbance = { readonly name: string; begin(port: number, server: MeasuredProcess): Promise<Disposable> }

/** `from`: the last number of the loopback address it comes from. */
const client = (port: number, clientId: string, change: Parameters<typeof connectPacket>[2] = {}, from = 1): Socket => {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${from}`, noDelay: true }).on(
    'error',
    () => undefined,
  )
  socket.write(connectPacket(4, clientId, { keepAliveS: 0, ...change }))
  return socket
}

const ending = (sockets: readonly Socket[], timer?: NodeJS.Timeout): Disposable => ({
  [Symbol.dispose]() {
    clearInterval(timer)
    for (const socket of sockets) socket.destroy()
  },
})

/** Twenty that subscribed at QoS 1 in lasting sessions read nothing, of two hundred messages of 4
 *  KiB a second: all of that is stored for each. */
function freeze(port: number): Promise<Disposable> {
  const subscriptions = [
    { filter: 'news/#', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
  ] as const
  const frozen = Array.from({ length: 20 }, (_, index) => {
    const socket = client(port, `acme/frozen-${index}`, { cleanStart: false })
    socket.write(encodeSubscribe(4, { packetId: 1, subscriptions, subscriptionId: undefined }))
    return socket
  })
  const publishers = Array.from({ length: 2 }, (_, index) => client(port, `acme/news-${index}`).resume())
  let packetId = 0
  const timer = setInterval(() => {
    for (const publisher of publishers)
      publisher.write(publishPacket(4, 'news/today', Buffer.alloc(4096, 'x'), { packetId: (packetId++ % 65_000) + 1 }))
  }, 10)
  return Promise.resolve(ending([...frozen, ...publishers], timer))
}

/** Ten send as fast as the gateway takes it, half of them garbage. */
function flood(port: number): Promise<Disposable> {
  const sockets = Array.from({ length: 10 }, (_, index) => {
    const clientId = `acme/flood-${index}`
    const socket = client(port, clientId).resume()
    const payload = index % 2 === 0 ? telemetry(1) : Buffer.alloc(100, '?')
    const many = Buffer.concat(
      Array.from({ length: 500 }, () => publishPacket(4, `v1/${clientId}/up/telemetry`, payload, { qos: 0 })),
    )
    const pour = (): void => {
      while (!socket.destroyed && socket.write(many));
    }
    socket.on('drain', pour)
    pour()
    return socket
  })
  return Promise.resolve(ending(sockets))
}

/** Ten thousand lasting sessions come at once, from four addresses, are lost, and come again. */
async function reconnect(port: number): Promise<Disposable> {
  const sockets: Socket[] = []
  const comeIn = (): void => {
    for (let index = 0; index < reconnects; index++)
      sockets.push(client(port, `acme/fleet-${index}`, { cleanStart: false }, 2 + (index % 4)).resume())
  }
  comeIn()
  await pause(measuredMs / 2)
  for (const socket of sockets.splice(0)) socket.destroy()
  comeIn()
  return ending(sockets)
}

const disturbances: readonly Disturbance[] = [
  { name: 'nothing', begin: () => Promise.resolve(ending([])) },
  { name: 'frozen subscribers', begin: freeze },
  { name: 'cars that flood', begin: flood },
  { name: `${reconnects} reconnects at once, twice`, begin: reconnect },
]

const memory = (pid: number, field: 'VmHWM' | 'VmRSS'): string =>
  `${Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024)} MiB`

async function measure({ name, begin }: Disturbance): Promise<void> {
  await withCars(async (server, fleet, port) => {
    const before = memory(server.pid, 'VmRSS')
    await fleet.ask('figures')
    await server.ask('vitals')
    const from = performance.now()
    using _disturbance = await begin(port, server)
    await pause(measuredMs - (performance.now() - from))
    show(
      name,
      await fleet.ask('figures'),
      await server.ask('vitals'),
      `${before}, at most ${memory(server.pid, 'VmHWM')}`,
    )
  })
}

/** While the log stores nothing nobody can be acknowledged: what counts is that nobody is lost, and
 *  how soon all is well again. */
const measureStall = (): Promise<void> =>
  withCars(async (server, fleet) => {
    const before = memory(server.pid, 'VmRSS')
    await server.ask(`stall ${stallMs}`)
    await pause(stallMs - 500)
    const { waiting } = await fleet.ask('figures')
    await pause(1000)
    const { worst, waiting: stillWaiting } = await fleet.ask('figures')
    const after = `${waiting} cars waited, ${stillWaiting} half a second after; the longest ${(worst! / 1000).toFixed(1)} s`
    console.log(`  a log that stalls for ${stallMs / 1000} s: ${after}`)
    await pause(measuredMs / 2)
    show(
      '  from then on',
      await fleet.ask('figures'),
      await server.ask('vitals'),
      `${before}, at most ${memory(server.pid, 'VmHWM')}`,
    )
  })

async function withCars(
  body: (server: MeasuredProcess, fleet: MeasuredProcess, port: number) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-isolation-'))
  try {
    await using server = startNode(0, 'isolation.server.ts', [dir])
    const { port } = await server.report()
    await using fleet = startNode(1, 'isolation.cars.ts', [port!, cars, everyMs])
    await fleet.report()
    await pause(1500)
    await body(server, fleet, port!)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function show(
  name: string,
  figures: Readonly<Record<string, number>>,
  vitals: Readonly<Record<string, number>>,
  rss: string,
): void {
  const ms = (value: number | undefined): string => (value ?? Number.NaN).toFixed(1).padStart(6)
  const { count, p50, p99, worst, lost } = figures
  console.log(
    `  ${name.padEnd(34)} p50 ${ms(p50)} ms, p99 ${ms(p99)} ms, worst ${ms(worst)} ms of ${count}; lost ${lost}, ` +
      `called silent ${vitals['silent']}, ${vitals['connections']} connections; CPU of a round of the loop at most ${ms(vitals['busiestMs']).trim()} ms; ${rss}`,
  )
}

export async function run(): Promise<void> {
  if (!canMeasure) {
    console.log('  skipped: memory of the server is read from /proc, which is not here')
    return
  }
  for (const disturbance of disturbances) await measure(disturbance)
  await measureStall()
}
