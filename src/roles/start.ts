// `start`: the whole system in one process. The gateway, the jobs and the demonstration's cars have
// a thread each; the API, the writers and the tables share this one. All load at once, while the
// database starts; they open in the order data
// flows against, so that nothing arrives where nobody listens yet, and stop in the order it flows:
// first the cars, then the gateway, then what reads.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openLogger } from '../base/logger.ts'
import { openApiRole } from '../compose/api.ts'
import { carsUrl } from '../config/cars-url.ts'
import type { Config } from '../config/config.ts'
import { demoCarsMax } from '../config/demo.ts'
import { addressText } from '../config/setting.ts'
import { addressUrl } from '../config/transport.ts'
import { complain, stoppedOrEnded, stopSignal, within } from './process-life.ts'
import { loadRoleThread, type LoadingThread, type RoleThread } from './role-thread.ts'
import type { ApiRole } from './role.ts'
import type { Threads } from './system-state.ts'
import { listeningFault } from './wanted-addresses.ts'

const help = `roadstream start [--demo] [--cars N]

  --demo      simulated cars drive through Montevideo and publish to this system
  --cars N    how many (default: ROADSTREAM_DEMO_CARS)
`

/** The command `start`. */
export async function start(args: readonly string[], config: Config): Promise<number> {
  const options = parseOptions(args)
  if (typeof options === 'string') return complain(options, 2)
  if (options.help) {
    process.stdout.write(help)
    return 0
  }
  const demo = options.demo ? { ...config.demo, cars: options.cars ?? config.demo.cars } : undefined
  if (demo !== undefined && config.bridge?.url.isTls === true)
    return complain(
      '--demo: simulated cars speak MQTT without TLS, and ROADSTREAM_BRIDGE is mqtts://: start without --demo.',
      2,
    )
  if (
    demo !== undefined &&
    config.bridge === undefined &&
    (config.transports.mqtt === undefined || config.transports.proxyFrom !== undefined)
  )
    return complain(
      '--demo: simulated cars come without TLS and without a proxy: give ROADSTREAM_MQTT and no ROADSTREAM_PROXY_FROM.',
      2,
    )
  const fault = await listeningFault(config, 'start', options.demo ? 'npm start' : 'npm run roadstream -- start')
  if (fault !== undefined) return complain(fault, 1)
  return live(config, async (stack) => {
    const threads: Threads = {}
    const jobs = stack.use(loadRoleThread('jobs'))
    const gateway = stack.use(loadRoleThread('gateway'))
    const city = demo === undefined ? undefined : stack.use(loadRoleThread('city'))
    const api = await openApi(stack, config, threads)
    threads.jobs = await openThread(stack, 'jobs', jobs, config)
    threads.gateway = await openThread(stack, 'gateway', gateway, config)
    const { port, addresses } = await threads.gateway.ask.report()
    const listening = withMqttPort(config, port)
    const carsAt = addresses.map((address) => addressUrl(address.kind, address))
    if (demo !== undefined && city !== undefined)
      threads.city = await openThread(stack, 'city', city, { ...listening, demo })
    return {
      parts: [api.ended, ...Object.values(threads).map((thread) => thread.ended)],
      announce: () => announce(listening, api, carsLines(listening, carsAt), demo?.cars),
    }
  })
}

/** The command `api`: the API with its writers and tables, beside a gateway and jobs in
 *  processes of their own. */
export async function startApi(args: readonly string[], config: Config): Promise<number> {
  if (args.length > 0)
    return complain('`api` takes no arguments; it is set up by settings (`roadstream help settings`).', 2)
  const fault = await listeningFault(config, 'api', 'npm run roadstream -- api')
  if (fault !== undefined) return complain(fault, 1)
  return live(config, async (stack) => {
    const api = await openApi(stack, config, {})
    return { parts: [api.ended], announce: () => announce(config, api) }
  })
}

async function openApi(stack: AsyncDisposableStack, config: Config, threads: Threads): Promise<ApiRole> {
  const api = await openApiRole(config, openLogger(config.logLevel).child({ role: 'api' }), threads)
  stack.defer(() => within(config.drainTimeoutMs, api[Symbol.asyncDispose](), 'the API'))
  return api
}

async function openThread<Name extends 'gateway' | 'jobs' | 'city'>(
  stack: AsyncDisposableStack,
  name: Name,
  loading: LoadingThread<Name>,
  config: Config,
): Promise<RoleThread<Name>> {
  const thread = await loading.open(config)
  stack.defer(() => within(config.drainTimeoutMs, thread[Symbol.asyncDispose](), `the ${name}`))
  return thread
}

type Opened = { readonly parts: readonly Promise<void>[]; readonly announce: () => void }

/** Opens with `open`, lives until a signal comes or a part ends, and closes everything in the
 *  opposite order. */
async function live(config: Config, open: (stack: AsyncDisposableStack) => Promise<Opened>): Promise<number> {
  const stop = stopSignal()
  await using stack = new AsyncDisposableStack()
  const { parts, announce: say } = await open(stack)
  // A signal that came meanwhile is obeyed now: what is half open cannot be closed in order.
  if (!stop.aborted) say()
  await stoppedOrEnded(stop, parts)
  process.stdout.write(
    `\nFinishing what was taken (at most ${config.drainTimeoutMs / 1000} s a part; once more to leave at once) …\n`,
  )
  return 0
}

/** The port that the system chose, where the setting left it to it. */
function withMqttPort(config: Config, port: number | null): Config {
  const { transports } = config
  if (port === null || transports.mqtt === undefined) return config
  return { ...config, transports: { ...transports, mqtt: { ...transports.mqtt, port } } }
}

function carsLines(config: Config, [first, ...more]: readonly string[]): string[] {
  if (config.bridge !== undefined)
    return [`${carsUrl(config)}   (bridged from that broker; who may connect there is its own business)`]
  const car = `${config.tenant}/my-car`
  return [
    `${first ?? ''}   (client id ${car}, password from \`${ofThisFolder(config)}npm run -s roadstream -- password ${car}\`)`,
    ...more,
  ]
}

/** A car's password is derived from a secret of the data folder: a terminal without this setting
 *  would give another one. */
function ofThisFolder({ dataDir }: Config): string {
  if (dataDir === resolve('data')) return ''
  return `ROADSTREAM_DATA=${/^[\w./-]+$/.test(dataDir) ? dataDir : `'${dataDir.replaceAll("'", String.raw`'\''`)}'`} `
}

function announce(
  config: Config,
  api: { readonly url: string; readonly setupUrl: string | undefined },
  carsAt: readonly string[] = [],
  cars?: number,
): void {
  const lines = [
    '',
    `  Roadstream is running${cars === undefined ? '' : `, with ${cars} simulated cars in Montevideo`}.`,
    '',
    `  dashboard   ${api.url}`,
    ...carsAt.map((line, index) => `  ${index === 0 ? 'cars' : '    '}        ${line}`),
    ...(carsAt.length === 0 ? [] : [...publishersLine(config), ...trackersLine(config)]),
    `  data        ${config.dataDir}`,
    '',
    ...(api.setupUrl === undefined
      ? []
      : ["  Open this link to choose the administrator's password. It works once:", `  ${api.setupUrl}`, '']),
    '  Ctrl-C stops it.',
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** A free port that the system chose is told nowhere: publishers need one that stays, as
 *  trackers do. */
const publishersLine = ({ publishers }: Config): string[] =>
  publishers?.http === undefined || publishers.http.listen.port === 0
    ? []
    : [`  publishers  http://${addressText(publishers.http.listen)}/MAPPING/SECRET/`]

const trackersLine = ({ publishers }: Config): string[] =>
  publishers?.teltonika === undefined || publishers.teltonika.listen.port === 0
    ? []
    : [`  trackers    ${addressText(publishers.teltonika.listen)} (Teltonika, TCP)`]

function parseOptions(
  args: readonly string[],
): { readonly demo: boolean; readonly help: boolean; readonly cars?: number } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { demo: { type: 'boolean' }, cars: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    const flags = { demo: values.demo === true, help: values.help === true }
    if (values.cars === undefined) return flags
    const cars = Number(values.cars)
    if (!Number.isInteger(cars) || cars < 1 || cars > demoCarsMax)
      return `--cars is "${values.cars}": give a whole number from 1 to ${demoCarsMax}`
    if (!flags.demo) return '--cars goes with --demo'
    return { ...flags, cars }
  } catch (error) {
    return `${(error as Error).message}\n${help}`
  }
}
