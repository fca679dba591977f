// The settings of publishers with forms of their own, taken together: which mappings read what they send, and whose their ids are. Plain data, like Config; each role reads
// the same files.
import { isObject } from './mapping/check.ts'
import { isOfMessages } from './mapping/parse-mapping.ts'
import { coveredBy, type MappingReader } from './mapping/messages/covering.ts'
import { openTranslation } from './mapping/messages/open-translation.ts'
import type { Proof } from './publishers/proof.ts'
import type { Tracker } from './trackers/known-trackers.ts'
import type { MessageMapping } from './mapping/messages/message-mapping.ts'
import { createCatalogue, type Catalogue } from './model/catalogue.ts'
import { parseVehicleTable, type VehicleTable } from './model/vehicle-table.ts'
import type { VssSignal } from './model/vss.ts'
import { openToOthers, proofExample, readProofs } from './publisher-proofs.ts'
import { oneOf, optionalAddress, text, type Address, type Given, type Setting } from './setting.ts'
import { readQuietJson } from './text-file.ts'
import { networksExample, readTrackers, short } from './trackers-config.ts'
import { findMessageMapping, mappingNames, shippedAnyMapping } from './replay/mapping-catalogue.ts'

export type PublishersConfig = {
  readonly mappings: readonly MessageMapping[]
  /** By mapping, the vehicle of each of the publisher's ids. */
  readonly senders: ReadonlyMap<string, VehicleTable>
  /** Whether edge nodes of Sparkplug B are asked for their births, by the broker of the bridge. */
  readonly asksForRebirths: boolean
  /** Where those that send by HTTP come in, and by mapping how they prove who they are; undefined: nowhere. */
  readonly http: { readonly listen: Address; readonly proofs: ReadonlyMap<string, Proof> } | undefined
  /** Where trackers of Teltonika come in, and by IMEI which ones; undefined: nowhere. */
  readonly teltonika: { readonly listen: Address; readonly trackers: ReadonlyMap<string, Tracker> } | undefined
}

export const publisherSettings = {
  mappings: text(
    'ROADSTREAM_MAPPINGS',
    '',
    'mappings that read what publishers with forms of their own send, comma-separated: names, or files ending in .json',
    /^/,
    'give names',
  ),
  senders: text('ROADSTREAM_SENDERS', '', 'file that says which vehicle each of their ids is, by mapping (JSON)', /^/, 'give a file'),
  publishersHttp: optionalAddress('ROADSTREAM_PUBLISHERS_HTTP', '', 'where publishers that send by HTTP come in, such as 127.0.0.1:8090'),
  publishersSecrets: text(
    'ROADSTREAM_PUBLISHERS_SECRETS',
    '',
    'file that says by which secret or key each of them is known, by mapping (JSON)',
    /^/,
    'give a file',
  ),
  teltonika: optionalAddress('ROADSTREAM_TELTONIKA', '', 'where trackers of Teltonika connect (TCP), such as 0.0.0.0:5027'),
  teltonikaFrom: text(
    'ROADSTREAM_TELTONIKA_FROM',
    '',
    'file that says from which networks trackers may come, by IMEI or "*" (JSON)',
    /^/,
    'give a file',
  ),
  sparkplugRebirth: oneOf(
    'ROADSTREAM_SPARKPLUG_REBIRTH',
    ['off', 'on'],
    'on: edge nodes of Sparkplug B whose data cannot be read are asked for their births, by the broker of ROADSTREAM_BRIDGE',
  ),
} satisfies Record<string, Setting<unknown>>

/** As the settings give them; empty is none. */
export type GivenPublishers = {
  readonly mappings: string | undefined
  readonly senders: string | undefined
  readonly signals: readonly VssSignal[]
  readonly isBridged: boolean
  readonly http: Given<Address>
  readonly secrets: string | undefined
  readonly teltonika: Given<Address>
  readonly teltonikaFrom: string | undefined
  readonly asksForRebirths: boolean
}

const mappingsName = 'ROADSTREAM_MAPPINGS'
const sendersName = 'ROADSTREAM_SENDERS'
const httpName = 'ROADSTREAM_PUBLISHERS_HTTP'
const secretsName = 'ROADSTREAM_PUBLISHERS_SECRETS'
const teltonikaName = 'ROADSTREAM_TELTONIKA'
const teltonikaFromName = 'ROADSTREAM_TELTONIKA_FROM'
const rebirthName = publisherSettings.sparkplugRebirth.name
const example = '{ "owntracks": { "phone-7": "golf" } }'
const charsMax = 16 * 1024 * 1024

/** Reads the mappings and the table; what is wrong is added to `problems`, what may be a slip to `warnings`, both with the setting. Undefined without mappings. */
export function publishersConfig(given: GivenPublishers, problems: string[], warnings: string[]): PublishersConfig | undefined {
  const names = (given.mappings ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const file = given.senders ?? ''
  if (names.length === 0) {
    for (const [name, isSet] of [
      [sendersName, file !== ''],
      [httpName, given.http.isSet],
      [secretsName, (given.secrets ?? '') !== ''],
      [teltonikaName, given.teltonika.isSet],
      [teltonikaFromName, (given.teltonikaFrom ?? '') !== ''],
      [rebirthName, given.asksForRebirths],
    ] as const)
      if (isSet) problems.push(`${name} is set, and ${mappingsName} is not: name the mappings that read what publishers send`)
    return undefined
  }
  const catalogue = createCatalogue(given.signals)
  const mappings = readMappings(names, catalogue, problems)
  if (file === '') problems.push(`${mappingsName} needs ${sendersName}: a file that says whose each id is, such as ${example}`)
  const isWhole = mappings.length === names.length
  for (const mapping of mappings) noteUnreached(mapping, given, problems)
  noteCovered(mappings, catalogue, given, { problems, warnings })
  const known = isWhole ? new Set(mappings.map(({ name }) => name)) : undefined
  const ofHttp = isWhole ? new Set(mappings.filter(readsHttp).map(({ name }) => name)) : undefined
  const before = problems.length
  const senders: ReadonlyMap<string, VehicleTable> = file === '' ? new Map() : readSenders(file, known, problems)
  const isTold = problems.length === before
  return {
    mappings,
    senders,
    asksForRebirths: asksForRebirths(given, isWhole ? mappings : undefined, problems),
    http: httpConfig(given, ofHttp, problems, warnings),
    teltonika: teltonikaConfig(given, { mappings, senders, isWhole: isWhole && file !== '', isTold }, problems),
  }
}

/** What is said of settings: faults, and what may be one. */
type Told = { readonly problems: string[]; readonly warnings: string[] }

const readsTopics = ({ from }: MessageMapping): boolean => from.routes.some((route) => 'topic' in route)
const readsTrackers = ({ from }: MessageMapping): boolean => from.routes.some((route) => 'method' in route && route.method === 'TELTONIKA')
const readsHttp = ({ from }: MessageMapping): boolean => from.routes.some((route) => 'method' in route && route.method !== 'TELTONIKA')

/** A mapping of which no message can come is a slip. */
function noteUnreached(mapping: MessageMapping, { isBridged, http, teltonika }: GivenPublishers, problems: string[]): void {
  const ways = [
    ...(readsTopics(mapping) ? [{ isOpen: isBridged, remedy: 'ROADSTREAM_BRIDGE, the broker where it publishes' }] : []),
    ...(readsHttp(mapping) ? [{ isOpen: http.isSet, remedy: `${httpName}, where it can come in` }] : []),
    ...(readsTrackers(mapping) ? [{ isOpen: teltonika.isSet, remedy: `${teltonikaName}, where trackers connect` }] : []),
  ]
  if (ways.some(({ isOpen }) => isOpen)) return
  problems.push(`${mappingsName}: nothing brings the messages of ${mapping.name}: give ${ways.map(({ remedy }) => remedy).join(', or ')}`)
}

/** Of mappings that read the same topics the first takes what comes there, and the others hear nothing of it. */
function noteCovered(mappings: readonly MessageMapping[], catalogue: Catalogue, given: GivenPublishers, told: Told): void {
  if (!given.isBridged || mappings.filter(readsTopics).length < 2) return
  const readers = mappings.map((mapping): MappingReader => ({ mapping, translation: openTranslation(mapping, catalogue) }))
  for (const [index, reader] of readers.entries()) {
    const covered = coveredBy(readers.slice(0, index), reader)
    if (covered === undefined) continue
    const { mapping } = reader
    const hasOther = (readsHttp(mapping) && given.http.isSet) || (readsTrackers(mapping) && given.teltonika.isSet)
    const by = covered.by.join(', ')
    if (covered.is === 'all' && !hasOther)
      told.problems.push(
        `${mappingsName}: nothing comes to ${mapping.name}: all of its topics are taken by ${by}, before it: leave one of them out`,
      )
    else
      told.warnings.push(
        `${mappingsName}: not all of ${covered.topics.join(', ')} comes to ${mapping.name}: what ${by} reads there is taken by that, which is before it`,
      )
  }
}

/** `mappings`: where none was wrong. */
function asksForRebirths(
  { asksForRebirths: isOn, isBridged }: GivenPublishers,
  mappings: readonly MessageMapping[] | undefined,
  problems: string[],
): boolean {
  const readsSparkplug = mappings?.some(({ from }) => from.routes.some(({ payload }) => payload === 'sparkplug-b')) ?? true
  if (isOn && !isBridged)
    problems.push(`${rebirthName} is on, and ROADSTREAM_BRIDGE names no broker: name there the one where the edge nodes publish`)
  else if (isOn && !readsSparkplug) problems.push(`${rebirthName} is on, and no mapping of ${mappingsName} reads Sparkplug B: leave it out`)
  return isOn
}

function httpConfig(
  { http: { value: listen, isSet }, secrets = '' }: GivenPublishers,
  ofHttp: ReadonlySet<string> | undefined,
  problems: string[],
  warnings: string[],
): PublishersConfig['http'] {
  if (!isSet) {
    if (secrets !== '') problems.push(`${secretsName} is set, and ${httpName} is not: say where publishers come in`)
    return undefined
  }
  if (ofHttp?.size === 0) problems.push(`${httpName} is set, and no mapping of ${mappingsName} reads HTTP: leave it out`)
  if (secrets === '') {
    problems.push(`${httpName} needs ${secretsName}: a file that says how each publisher proves who it is, such as ${proofExample}`)
    return undefined
  }
  const open = openToOthers(secrets)
  if (open !== undefined) warnings.push(open)
  const proofs = readProofs(secrets, ofHttp, problems)
  return listen === undefined ? undefined : { listen, proofs }
}

type Whose = {
  readonly mappings: readonly MessageMapping[]
  readonly senders: ReadonlyMap<string, VehicleTable>
  /** Whether nothing was wrong with the mappings, and there is a table of senders. */
  readonly isWhole: boolean
  /** Whether nothing was wrong with that table: else `senders` lacks what was. */
  readonly isTold: boolean
}

function teltonikaConfig(
  { teltonika: { value: listen, isSet }, teltonikaFrom = '' }: GivenPublishers,
  { mappings, senders, isWhole, isTold }: Whose,
  problems: string[],
): PublishersConfig['teltonika'] {
  if (!isSet) {
    if (teltonikaFrom !== '') problems.push(`${teltonikaFromName} is set, and ${teltonikaName} is not: say where trackers connect`)
    return undefined
  }
  const names = new Set(mappings.filter(readsTrackers).map(({ name }) => name))
  if (isWhole && names.size === 0) problems.push(`${teltonikaName} is set, and no mapping of ${mappingsName} reads trackers: leave it out`)
  if (teltonikaFrom === '') {
    problems.push(
      `${teltonikaName} needs ${teltonikaFromName}: a file that says from which networks trackers may come, such as ${networksExample}`,
    )
    return undefined
  }
  const own = new Map([...senders].filter(([mapping]) => names.has(mapping)))
  const trackers = isWhole ? readTrackers(teltonikaFrom, { senders: own, isTold }, problems) : new Map<string, Tracker>()
  return listen === undefined ? undefined : { listen, trackers }
}

function readMappings(names: readonly string[], catalogue: Catalogue, problems: string[]): MessageMapping[] {
  const mappings = new Map<string, MessageMapping>()
  for (const name of names) {
    if (!name.endsWith('.json') && !shippedNames().includes(name)) {
      problems.push(
        `${mappingsName}: there is no mapping of messages "${name}": give a file ending in .json, or of ${shippedNames().join(', ')}`,
      )
      continue
    }
    const mapping = findMessageMapping(name, catalogue)
    if (!mapping.ok) problems.push(...mapping.detail.split('\n').map((fault) => `${mappingsName}: ${fault}`))
    else if (mappings.has(mapping.value.name))
      problems.push(`${mappingsName}: two mappings have the name "${mapping.value.name}": give a copy another one`)
    else mappings.set(mapping.value.name, mapping.value)
  }
  return [...mappings.values()]
}

const shippedNames = (): readonly string[] => mappingNames().filter((name) => isOfMessages(shippedAnyMapping(name)))

/** `known`: the names of all mappings, where none was wrong. */
function readSenders(file: string, known: ReadonlySet<string> | undefined, problems: string[]): Map<string, VehicleTable> {
  const senders = new Map<string, VehicleTable>()
  const wrong = (why: string): Map<string, VehicleTable> => {
    problems.push(`${sendersName} names ${file}: ${why}`)
    return senders
  }
  const read = readQuietJson(file, 'table', charsMax, (key, depth) => (depth === 0 ? key : short(key)))
  if ('fault' in read) return wrong(`it ${read.fault}`)
  const { json } = read
  if (!isObject(json)) return wrong(`it is an object of mappings, such as ${example}`)
  for (const [mapping, ids] of Object.entries(json)) {
    const table = parseVehicleTable(ids, "a publisher's ids", `"${mapping}": `, short)
    if (table.ok) senders.set(mapping, table.value)
    else for (const fault of table.detail.split('\n')) wrong(fault)
    if (table.ok && table.value.has('')) wrong(`"${mapping}": an id is empty; a publisher's id has a character at least`)
    if (known !== undefined && !known.has(mapping))
      wrong(`"${mapping}" is no mapping of ${mappingsName}, which has ${[...known].join(', ')}`)
  }
  return senders
}
