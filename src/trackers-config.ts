// Reads the file that says from which networks trackers may come, and puts it together with whose they are. A tracker that could not come in, or that two
// mappings would read, is a slip and is told.
import type { Tracker } from './trackers/known-trackers.ts'
import { isObject } from './mapping/check.ts'
import type { VehicleTable } from './model/vehicle-table.ts'
import { readQuietJson } from './text-file.ts'
import { parseProxies } from './transport-config.ts'

const setting = 'ROADSTREAM_TELTONIKA_FROM'
const imeiForm = /^\d{15}$/
const charsMax = 4 * 1024 * 1024
/** The networks of all trackers that have none of their own. */
const others = '*'
export const networksExample = '{ "*": ["10.64.0.0/10"] }'

export type TrackersOfSenders = {
  /** Of each mapping that reads trackers, the vehicle of each IMEI. */
  readonly senders: ReadonlyMap<string, VehicleTable>
  /** Whether that is all of them; else none is said to be missing. */
  readonly isTold: boolean
}

/** The trackers by IMEI; what is wrong is added to `problems`. */
export function readTrackers(file: string, { senders, isTold }: TrackersOfSenders, problems: string[]): ReadonlyMap<string, Tracker> {
  const wrong = (why: string): undefined => {
    problems.push(`${setting} names ${file}: ${why}`)
  }
  const networks = readNetworks(file, wrong)
  const trackers = new Map<string, Tracker>()
  if (networks === undefined) return trackers
  for (const [mapping, table] of senders)
    for (const [imei, vehicle] of table) {
      const own = networks.get(imei) ?? networks.get(others)
      const before = trackers.get(imei)
      if (!imeiForm.test(imei)) problems.push(`ROADSTREAM_SENDERS: "${mapping}": "${short(imei)}" is no IMEI, which has 15 digits`)
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
function readNetworks(file: string, wrong: (why: string) => undefined): ReadonlyMap<string, readonly string[]> | undefined {
  const read = readQuietJson(file, 'list of networks', charsMax, short)
  if ('fault' in read) return wrong(`it ${read.fault}`)
  const { json } = read
  if (!isObject(json)) return wrong(`it is an object of IMEIs and networks, such as ${networksExample}`)
  const networks = new Map<string, readonly string[]>()
  for (const [imei, given] of Object.entries(json)) {
    if (imei === others || imeiForm.test(imei)) networks.set(imei, Array.isArray(given) ? (given as string[]) : [])
    else wrong(`"${short(imei)}" is no IMEI, which has 15 digits, and not "${others}"`)
    if (!isListOfNetworks(given)) wrong(`"${short(imei)}" has no list of addresses and networks, such as ["10.64.0.0/10", "fd00::/8"]`)
  }
  return networks
}

/** An IMEI, or another id of a publisher, is told by its end alone: what is wrong with settings may be kept in a log. */
export const short = (id: string): string => (id.length > 4 ? `…${id.slice(-4)}` : id)

function isListOfNetworks(given: unknown): given is readonly string[] {
  if (!Array.isArray(given) || given.length === 0) return false
  return given.every((network) => typeof network === 'string' && !network.includes(',') && network !== '' && parseProxies(network).ok)
}
