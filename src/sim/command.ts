// `roadstream simulate …`: the command line of the simulator. It only reads arguments and prints
// the summary.
import { parseArgs } from 'node:util'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import { carId } from './car.ts'
import {
  incidentKinds,
  parseIncident,
  usualRates,
  type IncidentKind,
  type IncidentRates,
  type PlannedIncident,
} from './incidents.ts'
import { simulate, type SimulateOptions } from './simulate.ts'
import type { Activity } from './trip-plan.ts'
import { unitKinds, type UnitKind } from './unit.ts'
import { carsMax } from './world.ts'

export type SimulateDeps = {
  /** Defaults of --url and --tenant. */
  readonly url: string
  readonly tenant: string
  /** The fleet key of a tenant. */
  readonly fleetKey: (tenant: string) => Uint8Array
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

/** Not the prefix of the demonstration's cars, which may be driving against the same gateway. */
const defaultPrefix = 'sim'

const help = `roadstream simulate: cars that drive through Montevideo and publish over MQTT.

  --cars N               how many cars (default 100, at most ${carsMax})
  --seed S               one seed, one run (default 1)
  --url mqtt://HOST:PORT the gateway (default: this machine's)
  --prefix NAME          the cars are NAME-00001, NAME-00002 … (default ${defaultPrefix}; those of \`npm start\` are car-…, and an id
                         belongs to one client at a time)
  --tenant NAME          who owns the cars (default: the configured tenant)
  --for TIME             how much time to simulate: 90s, 10m, 2h (default: until stopped)
  --speed N              seconds simulated in one second (default 1). Above 1 the simulation begins in the past, so that it
                         ends now, or an hour ago without --for; once it has caught up it goes on in real time
  --start INSTANT        first instant of the simulation, such as 2026-03-01T08:00:00Z
  --activity NAME        lively: short stops, most cars are moving (default); day: a city's day, cars park for hours
  --units NAMES          what the cars' units tell, in turn: ${unitKinds.join(', ')} (default full), such as full,tracker
  --incident WHAT        KIND@SECONDS or KIND@SECONDS:PREFIX-NUMBER, such as crash@60:${defaultPrefix}-00012; may be repeated.
                         KIND: ${incidentKinds.join(', ')}
  --rate KIND=N          incidents by chance in an hour of one car's driving; may be repeated
                         (default: ${incidentKinds.map((kind) => `${kind}=${usualRates[kind]}`).join(' ')})
  --truth FILE           writes what really happened as JSON lines: trips, crashes, stops, tunnels …
  --folder DIR           where cars keep what is not acknowledged, across restarts
  --connects N           cars that connect in a second (default 250)
  --help                 this text

Exit code: 0 all acknowledged, 1 it failed or messages are left, 2 called wrongly.
`

const flags = {
  cars: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
  prefix: { type: 'string', default: defaultPrefix },
  url: { type: 'string' },
  tenant: { type: 'string' },
  for: { type: 'string' },
  speed: { type: 'string', default: '1' },
  start: { type: 'string' },
  activity: { type: 'string', default: 'lively' },
  units: { type: 'string', default: 'full' },
  incident: { type: 'string', multiple: true },
  rate: { type: 'string', multiple: true },
  truth: { type: 'string' },
  folder: { type: 'string' },
  connects: { type: 'string', default: '250' },
  help: { type: 'boolean', default: false },
} as const

/** Runs the command; gives the exit code. */
export async function simulateCommand(argv: readonly string[], deps: SimulateDeps): Promise<number> {
  const read = readArguments(argv, deps)
  if ('help' in read) {
    deps.print(help)
    return 0
  }
  if ('problems' in read) {
    deps.complain(
      `roadstream simulate: ${read.problems.join('\n  ')}\n\`roadstream simulate --help\` lists what there is.\n`,
    )
    return 2
  }
  const { cars, prefix, tenant, url } = read.options
  const ids = cars === 1 ? carId(0, prefix) : `${carId(0, prefix)} to ${carId(cars - 1, prefix)}`
  deps.print(
    `${cars} ${cars === 1 ? 'car drives' : 'cars drive'} as ${ids} of tenant ${tenant}, to ${url}. Ctrl-C stops.\n`,
  )
  try {
    const summary = await simulate(read.options)
    const hours = (summary.simulatedMs / 3_600_000) * summary.cars
    deps.print(
      `${summary.cars} cars lived ${hours.toFixed(2)} car-hours: ${summary.trips} trips, ${summary.crashes} crashes. ` +
        `${summary.sent} messages, ${summary.acknowledged} acknowledged, ${summary.refused} refused, ` +
        `${summary.dropped} dropped, ${summary.pending} not acknowledged.\n`,
    )
    if (summary.takenOver > 0)
      deps.complain(
        `${summary.takenOver} times another client signed in with the id of one of these cars and ended its connection: ` +
          `an id belongs to one client at a time. --prefix gives these cars other ids.\n`,
      )
    return summary.acknowledged === summary.sent ? 0 : 1
  } catch (error) {
    if (!(error instanceof Outage || error instanceof TypeError || error instanceof RangeError)) throw error
    deps.complain(`roadstream simulate: ${error.message}\n`)
    return error instanceof Outage ? 1 : 2
  }
}

type Read = { readonly help: true } | { readonly problems: readonly string[] } | { readonly options: SimulateOptions }

/** Reads all arguments and reports every problem at once. */
function readArguments(argv: readonly string[], deps: SimulateDeps): Read {
  let values
  try {
    values = parseArgs({ args: [...argv], options: flags, strict: true }).values
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] }
  }
  if (values.help) return { help: true }
  const problems: string[] = []
  const number = (name: string, text: string, low: number, high: number, whole = true): number => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value)))
      problems.push(`--${name} is a ${whole ? 'whole ' : ''}number from ${low} to ${high}, not "${text}".`)
    return value
  }
  const cars = number('cars', values.cars, 1, carsMax)
  const tenant = values.tenant ?? deps.tenant
  const { prefix } = values
  const first = parseVehicleKey(`${tenant}/${carId(0, prefix)}`)
  if (!first.ok) problems.push(`--prefix or --tenant: ${first.detail}`)
  const options: SimulateOptions = {
    prefix,
    url: values.url ?? deps.url,
    tenant,
    fleetKey: new Uint8Array(),
    cars,
    seed: number('seed', values.seed, 0, 2 ** 31 - 1),
    speed: number('speed', values.speed, 0.01, 1000, false),
    connectsPerSecond: number('connects', values.connects, 1, 10_000),
    activity: readActivity(values.activity, problems),
    units: readUnits(values.units, problems),
    incidents: readIncidents(values.incident ?? [], { cars, prefix }, problems),
    rates: readRates(values.rate ?? [], problems),
    signal: deps.signal,
    logger: deps.logger,
    ...(values.for === undefined ? {} : { durationMs: readDurationMs(values.for, problems) }),
    ...(values.start === undefined ? {} : { startAt: readInstant(values.start, problems) }),
    ...(values.truth === undefined ? {} : { truthFile: values.truth }),
    ...(values.folder === undefined ? {} : { folder: values.folder }),
  }
  // The key is asked for only when everything else is right: a mistyped option must not make a key.
  return problems.length > 0 ? { problems } : { options: { ...options, fleetKey: deps.fleetKey(tenant) } }
}

function readActivity(text: string, problems: string[]): Activity {
  if (text === 'lively' || text === 'day') return text
  problems.push(`--activity is lively or day, not "${text}".`)
  return 'lively'
}

function readUnits(text: string, problems: string[]): UnitKind[] {
  return text.split(',').map((name) => {
    const kind = unitKinds.find((known) => known === name)
    if (kind === undefined)
      problems.push(`--units is one or more of ${unitKinds.join(', ')} with commas between, not "${text}".`)
    return kind ?? 'full'
  })
}

function readIncidents(
  texts: readonly string[],
  { cars, prefix }: { readonly cars: number; readonly prefix: string },
  problems: string[],
): PlannedIncident[] {
  return texts.flatMap((text) => {
    const incident = parseIncident(text, cars, prefix)
    if (!incident.ok) problems.push(`--incident: ${incident.detail}`)
    return incident.ok ? [incident.value] : []
  })
}

function readRates(texts: readonly string[], problems: string[]): IncidentRates {
  const rates: Record<IncidentKind, number> = { ...usualRates }
  for (const text of texts) {
    const [name, perHour = ''] = text.split('=')
    const kind = incidentKinds.find((known) => known === name)
    if (kind === undefined || perHour === '' || !(Number(perHour) >= 0 && Number(perHour) <= 1000))
      problems.push(
        `--rate: "${text}" is not KIND=NUMBER with a number from 0 to 1000; KIND is one of ${incidentKinds.join(', ')}.`,
      )
    else rates[kind] = Number(perHour)
  }
  return rates
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

function readDurationMs(text: string, problems: string[]): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? []
  const durationMs = Number(amount) * (unitMs[unit ?? ''] ?? 0)
  if (!(durationMs > 0)) problems.push(`--for is a time such as 90s, 10m or 2h, not "${text}".`)
  return durationMs
}

function readInstant(text: string, problems: string[]): number {
  const at = Date.parse(text)
  if (Number.isNaN(at)) problems.push(`--start is an instant such as 2026-03-01T08:00:00Z, not "${text}".`)
  return at
}
