// The settings of trackers: where they connect, and the file that says from which networks, put
// together with whose they are. A tracker that could not come in, or that two mappings would read,
// is a slip and is told.
import type { Tracker } from '../trackers/known-trackers.ts'
import { isObject } from '../mapping/check.ts'
import type { VehicleTable } from '../model/vehicle-table.ts'
import { isNetwork } from './networks.ts'
import { file, optionalAddress, type Address } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readQuietJson } from './text-file.ts'

/** Where trackers of Teltonika come in, and by IMEI which ones. */
export type TeltonikaConfig = { readonly listen: Address; readonly trackers: ReadonlyMap<string, Tracker> }

export const trackerSettings = {
  teltonika: optionalAddress(
    'ROADSTREAM_TELTONIKA',
    '',
    'where trackers of Teltonika connect (TCP), such as 0.0.0.0:5027',
  ),
  teltonikaFrom: file(
    'ROADSTREAM_TELTONIKA_FROM',
    'file that says from which networks trackers may come, by IMEI or "*" (JSON)',
  ),
}

const { teltonika, teltonikaFrom } = trackerSettings
const imeiForm = /^\d{15}$/
const charsMax = 4 * 1024 * 1024
/** The networks of all trackers that have none of their own. */
const others = '*'
const networksExample = '{ "*": ["10.64.0.0/10"] }'

export type TrackersOfSenders = {
  /** The names of the mappings that read trackers. */
  readonly readers: ReadonlySet<string>
  /** By mapping, the vehicle of each id. */
  readonly senders: ReadonlyMap<string, VehicleTable>
  /** Whether no mapping is wrong, and there is a table of senders. */
  readonly isWhole: boolean
  /** Whether nothing is wrong with that table: else `senders` lacks what was, and no tracker is
   *  said to be missing. */
  readonly isTold: boolean
}

export function teltonikaConfig(reader: SettingsReader, given: TrackersOfSenders): TeltonikaConfig | undefined {
  const { problems } = reader
  const listen = reader.take(teltonika)
  const path = reader.take(teltonikaFrom)
  if (!reader.isSet(teltonika)) {
    if (path !== '')
      problems.push(`${teltonikaFrom.name} is set, and ${teltonika.name} is not: say where trackers connect`)
    return undefined
  }
  if (given.isWhole && given.readers.size === 0)
    problems.push(`${teltonika.name} is set, and no mapping of ROADSTREAM_MAPPINGS reads trackers: leave it out`)
  if (path === '') {
    problems.push(
      `${teltonika.name} needs ${teltonikaFrom.name}: a file that says from which networks trackers may come, such as ${networksExample}`,
    )
    return undefined
  }
  const trackers = given.isWhole ? readTrackers(path, given, problems) : new Map<string, Tracker>()
  return listen === undefined ? undefined : { listen, trackers }
}

/** The trackers by IMEI. */
function readTrackers(
  path: string,
  { readers, senders, isTold }: TrackersOfSenders,
  problems: string[],
): ReadonlyMap<string, Tracker> {
  const wrong = (why: string): undefined => {
    problems.push(`${teltonikaFrom.name} names ${path}: ${why}`)
  }
  const networks = readNetworks(path, wrong)
  const trackers = new Map<string, Tracker>()
  if (networks === undefined) return trackers
  for (const [mapping, table] of [...senders].filter(([name]) => readers.has(name)))
    for (const [imei, vehicle] of table) {
      const own = networks.get(imei) ?? networks.get(others)
      const before = trackers.get(imei)
      if (!imeiForm.test(imei))
        problems.push(`ROADSTREAM_SENDERS: "${mapping}": "${short(imei)}" is no IMEI, which has 15 digits`)
      else if (before !== undefined)
        problems.push(
          `ROADSTREAM_SENDERS: "${short(imei)}" stands in "${before.mapping}" and in "${mapping}": leave it in the one that reads its model`,
        )
      else if (own === undefined)
        wrong(`"${short(imei)}" could come from nowhere: give its networks, or those of all others as "${others}"`)
      else trackers.set(imei, { mapping, vehicle, networks: own })
    }
  for (const imei of networks.keys())
    if (isTold && imei !== others && !trackers.has(imei)) wrong(`"${short(imei)}" is no tracker of ROADSTREAM_SENDERS`)
  return trackers
}

/** Undefined where nothing of the file can be understood. */
function readNetworks(
  path: string,
  wrong: (why: string) => undefined,
): ReadonlyMap<string, readonly string[]> | undefined {
  const read = readQuietJson(path, 'list of networks', charsMax, short)
  if ('fault' in read) return wrong(`it ${read.fault}`)
  const { json } = read
  if (!isObject(json)) return wrong(`it is an object of IMEIs and networks, such as ${networksExample}`)
  const networks = new Map<string, readonly string[]>()
  for (const [imei, given] of Object.entries(json)) {
    if (imei === others || imeiForm.test(imei)) networks.set(imei, Array.isArray(given) ? (given as string[]) : [])
    else wrong(`"${short(imei)}" is no IMEI, which has 15 digits, and not "${others}"`)
    if (!isListOfNetworks(given))
      wrong(`"${short(imei)}" has no list of addresses and networks, such as ["10.64.0.0/10", "fd00::/8"]`)
  }
  return networks
}

/** An IMEI, or another id of a publisher, is told by its end alone: what is wrong with settings
 *  may be kept in a log. */
export const short = (id: string): string => (id.length > 4 ? `…${id.slice(-4)}` : id)

function isListOfNetworks(given: unknown): given is readonly string[] {
  if (!Array.isArray(given) || given.length === 0) return false
  return given.every((network) => typeof network === 'string' && isNetwork(network.trim()))
}
