// `roadstream replay`: what the user may say, and what is said back. Standard output carries the
// summary, standard error all else.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { accepted, Outage, refused, type Result } from '../base/errors.ts'
import type { Catalogue } from '../model/catalogue.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { parseVehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import { isDated } from '../mapping/clockwork.ts'
import { inZone } from '../mapping/in-zone.ts'
import { isZone, parseInstant } from '../mapping/instants.ts'
import { devicesCommand } from './devices/devices-command.ts'
import { readDrives } from './drives/told-drives.ts'
import { geofencesCommand } from './geofences/geofences-command.ts'
import { inspectCommand } from './inspect/inspect-command.ts'
import { findMapping, mappingList } from './mapping-catalogue.ts'
import type { Mapping } from '../mapping/mapping.ts'
import type { Held } from './newer-data.ts'
import { carName } from './player.ts'
import { openProgress } from './progress.ts'
import { RecordingError } from './recorded-sample.ts'
import { replay } from './replay.ts'
import { readVehicles } from './vehicles-table.ts'
import { summaryJson, summaryText } from './summary-text.ts'
import { orderDoubts } from './time-order.ts'
import { wayDoubts } from './way-doubts.ts'

export type ReplayDeps = {
  /** Defaults of --url and --tenant. */
  readonly url: string
  readonly tenant: string
  /** Of the signals that mappings may name. */
  readonly catalogue: Catalogue
  /** The fleet key of a tenant. */
  readonly fleetKey: (tenant: string) => Uint8Array
  /** How far behind a car's newest instant a sample still changes trips and alerts. */
  readonly latenessMs: number
  /** The data that the server at `url` holds already. */
  readonly held?: Held
  /** Aborts when the user asks to stop: what was sent is then drained. */
  readonly signal: AbortSignal
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** Width of the terminal that `complain` writes to; absent when it is none. */
  readonly terminalColumns?: number | undefined
}

const usage = (
  deps: Pick<ReplayDeps, 'url' | 'tenant'>,
): string => `roadstream replay FILE … --mapping NAME|FILE.json [options]

Plays recorded drives (plain or .gz) through MQTT as a car: the gateway, the jobs and the map see it as they see any car. Several files are of one car,
and are played in the order of their time.

  --mapping NAME      what the fields of FILE mean; one of those below, or a file of your own (docs/mapping.md)
  --speed N           times real time, 0.1 to 10000, or max: as fast as it is acknowledged (default 1)
  --vehicle ID        the id of the car; where FILE may hold several segments, what their ids begin with (default: the
                      name of the first FILE, or of the mapping where FILE may hold several segments)
  --vehicles F.json   which car each segment is: {"7": "golf"}; a segment that is not there is an error
  --one-vehicle       all segments of FILE as one car
  --only SEGMENT      only this drive or car of FILE; may be given more than once
  --now               moves the samples in time so that they happen now (faster than real time: so that they end now)
  --start INSTANT     when a recording without dates began, such as 2026-03-01T08:00:00Z; further files follow ten minutes after
  --zone ZONE         what times without an offset are local times of, such as Europe/Madrid, in place of what the mapping says
  --max-gap SECONDS   a longer silence of the recording takes only so long; the times in the samples stay
  --url URL           the MQTT server (default ${deps.url})
  --tenant NAME       whose car it is (default ${deps.tenant})
  --password-file F   a file with the car's MQTT password, for a server whose fleet key is not on this machine
  --connect-timeout S how many seconds the server may take to answer (default 10)
  --drives F.csv      what TeslaMate tells of its drives (its table drives), held against what is played: says what differs
  --dry-run           reads all and says what would be sent, and sends nothing
  --json              the summary as JSON
  --inspect           plays nothing: says what is in FILE, and writes the draft of a mapping to standard output
  --draft FILE.json   or to this file, which must not be there yet
  --devices           plays nothing: FILE is the devices of Traccar, its table as CSV or the JSON of its API; writes drafts of the tables that say which cars
                      they are and of what kind to standard output, or to files of --draft FOLDER, which must not be there yet
  --geofences         plays nothing: FILE is the geofences of Traccar, its table as CSV or the JSON of its API; writes them as GeoJSON to standard output, or
                      to geofences.geojson of --draft FOLDER, which must not be there yet
  --help              this text

Mappings:
${mappingList()}

Exit code: 0 when all was acknowledged, 1 when something was not, or a geofence was refused, or the replay failed, 2 when it was called wrongly, 130 when it was interrupted.
`

const optionTypes = {
  mapping: { type: 'string' },
  speed: { type: 'string', default: '1' },
  vehicle: { type: 'string' },
  'one-vehicle': { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  now: { type: 'boolean', default: false },
  start: { type: 'string' },
  zone: { type: 'string' },
  vehicles: { type: 'string' },
  drives: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'max-gap': { type: 'string' },
  url: { type: 'string' },
  tenant: { type: 'string' },
  'password-file': { type: 'string' },
  'connect-timeout': { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
  inspect: { type: 'boolean', default: false },
  devices: { type: 'boolean', default: false },
  geofences: { type: 'boolean', default: false },
  draft: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type Call = {
  readonly files: readonly string[]
  readonly mapping: Mapping
  readonly speed: number | 'max'
  readonly url: string
  readonly tenant: string
  readonly json: boolean
  readonly more: {
    readonly vehicle?: string
    readonly vehicles?: ReadonlyMap<string, string>
    readonly isDry: boolean
    readonly asOne: boolean
    readonly only: readonly string[]
    readonly toNow: boolean
    readonly startAt?: number
    readonly gapMaxMs?: number
    readonly connectTimeoutMs: number
  }
  readonly passwordFile: string | undefined
  readonly drivesFile: string | undefined
}

/** Runs the command and gives the exit code. `args` are the words after `replay`. */
export async function replayCommand(args: readonly string[], deps: ReplayDeps): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    deps.print(usage(deps))
    return 0
  }
  if (args.includes('--inspect')) return inspectCommand(args, deps)
  if (args.includes('--devices')) return devicesCommand(args, deps)
  if (args.includes('--geofences')) return geofencesCommand(args, deps)
  const call = parseCall(args, deps)
  if (!call.ok) {
    deps.complain(`roadstream replay: ${call.detail}\n\`replay --help\` says more.\n`)
    return 2
  }
  const { files, mapping, speed, url, tenant, json, more, passwordFile, drivesFile } = call.value
  const progress = openProgress(deps)
  const startedAt = performance.now()
  try {
    const password = passwordFile === undefined ? undefined : await readPassword(passwordFile)
    const passwordOf = (ref: VehicleRef): string => password ?? vehiclePassword(deps.fleetKey(ref.tenant), ref)
    const drives = drivesFile === undefined ? {} : { drives: await readDrives(drivesFile) }
    const summary = await replay({
      ...drives,
      files,
      mapping,
      catalogue: deps.catalogue,
      latenessMs: deps.latenessMs,
      speed,
      url,
      tenant,
      passwordOf,
      signal: deps.signal,
      onProgress: progress.show,
      // Elsewhere another server may be.
      ...(deps.held !== undefined && url === deps.url && { held: deps.held }),
      onNewer: (texts) => {
        for (const text of texts) deps.complain(`roadstream replay: ${text}.\n`)
      },
      ...more,
    })
    progress.end()
    const doubts = [...orderDoubts(summary.disorders, deps.latenessMs), ...wayDoubts(summary.way, mapping)]
    deps.print(json ? summaryJson(summary, doubts) : summaryText(summary, doubts, performance.now() - startedAt))
    if (summary.isInterrupted) return 130
    return summary.acknowledged === summary.messages ? 0 : 1
  } catch (error) {
    progress.end()
    if (!(error instanceof RecordingError || error instanceof Outage || error instanceof TypeError)) throw error
    deps.complain(`roadstream replay: ${error.message}\n`)
    return 1
  }
}

async function readPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Outage('PASSWORD_FILE', `The password file ${file} cannot be read.`, { retryable: false, cause })
  })
  return text.trim()
}

function mappingIn(mapping: Mapping, zone: string): Result<Mapping, 'usage'> {
  if (!isZone(zone)) return refused('usage', `--zone is an IANA time zone such as Europe/Madrid or UTC, not "${zone}".`)
  const found = inZone(mapping, zone)
  return found === undefined
    ? refused('usage', `--zone: the recordings of ${mapping.name} tell no local times.`)
    : accepted(found)
}

function parseCall(
  args: readonly string[],
  deps: Pick<ReplayDeps, 'url' | 'tenant' | 'catalogue'>,
): Result<Call, 'usage'> {
  const parsed = parseWords(args)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  if (positionals.length === 0) return refused('usage', 'it plays recordings; no FILE was named.')
  if (values.mapping === undefined)
    return refused('usage', `--mapping says what the fields mean. There are:\n${mappingList()}`)
  const mapping = findMapping(values.mapping, deps.catalogue)
  if (!mapping.ok) return refused('usage', mapping.detail)
  const tenant = values.tenant ?? deps.tenant
  const wrong: string[] = []
  const speed = parseSpeed(values.speed)
  if (speed === undefined) wrong.push(`--speed is a number from 0.1 to 10000, or max; not "${values.speed}".`)
  const id = parseVehicleKey(
    `${tenant}/${carName({ files: positionals, mapping: mapping.value, ...(values.vehicle === undefined ? {} : { vehicle: values.vehicle }) })}`,
  )
  if (!id.ok) wrong.push(`--tenant and --vehicle: ${id.detail}`)
  if (values['one-vehicle'] && mapping.value.segments?.are === 'vehicles')
    wrong.push(`--one-vehicle: the segments of ${mapping.value.name} are different cars, at the same time.`)
  const startAt = values.start === undefined ? undefined : parseInstant(values.start, 'UTC')
  if (values.start !== undefined && startAt === undefined)
    wrong.push(`--start is an instant such as 2026-03-01T08:00:00Z, not "${values.start}".`)
  if (values.start !== undefined && [mapping.value.time].flat().every(isDated))
    wrong.push(`--start: the recordings of ${mapping.value.name} have their own dates.`)
  const zoned = values.zone === undefined ? accepted(mapping.value) : mappingIn(mapping.value, values.zone)
  if (!zoned.ok) wrong.push(zoned.detail)
  if (values.drives !== undefined && mapping.value.segments?.are !== 'vehicles')
    wrong.push(
      `--drives: the recordings of ${mapping.value.name} have no cars to tell apart, as teslamate-positions has.`,
    )
  const vehicles = readVehicles(values, mapping.value)
  if (!vehicles.ok) wrong.push(vehicles.detail)
  const gap = Number(values['max-gap'])
  if (values['max-gap'] !== undefined && !(gap >= 0))
    wrong.push(`--max-gap is a number of seconds, not "${values['max-gap']}".`)
  if (!(Number(values['connect-timeout']) > 0))
    wrong.push(`--connect-timeout is a number of seconds, not "${values['connect-timeout']}".`)
  const url = values.url ?? deps.url
  if (!/^mqtts?:\/\/[^/\s]+\/?$/.test(url))
    wrong.push(`--url is of the form mqtt://host:port or mqtts://host:port, not "${url}".`)
  if (wrong.length > 0 || speed === undefined || !zoned.ok || !vehicles.ok) return refused('usage', wrong.join('\n'))
  return accepted({
    files: positionals,
    mapping: zoned.value,
    speed,
    url,
    tenant,
    json: values.json,
    passwordFile: values['password-file'],
    drivesFile: values.drives,
    more: {
      asOne: values['one-vehicle'],
      isDry: values['dry-run'],
      ...(vehicles.value === undefined ? {} : { vehicles: vehicles.value }),
      only: values.only,
      toNow: values.now,
      connectTimeoutMs: Number(values['connect-timeout']) * 1000,
      ...(values.vehicle === undefined ? {} : { vehicle: values.vehicle }),
      ...(startAt === undefined ? {} : { startAt }),
      ...(values['max-gap'] === undefined ? {} : { gapMaxMs: gap * 1000 }),
    },
  })
}

const parseWords = (args: readonly string[]): Result<ReturnType<typeof parseStrictly>, 'usage'> => {
  try {
    return accepted(parseStrictly(args))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const options = Object.keys(optionTypes).map((name) => `--${name}`)
    return refused('usage', `${error.message.split('. ')[0]}. The options are ${options.join(', ')}.`)
  }
}

const parseStrictly = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: optionTypes, allowPositionals: true })

function parseSpeed(text: string): number | 'max' | undefined {
  if (text === 'max') return 'max'
  const speed = Number(text)
  return text.trim() !== '' && speed >= 0.1 && speed <= 10_000 ? speed : undefined
}
