// The settings of publishers with forms of their own: which mappings read what they send, and whose
// their ids are. Each role reads the same files.
import { isObject } from '../mapping/check.ts'
import { coveredBy } from '../mapping/messages/covering.ts'
import type { MappingReader } from '../mapping/messages/covering.ts'
import type { MessageMapping } from '../mapping/messages/message-mapping.ts'
import { openTranslation } from '../mapping/messages/open-translation.ts'
import { isOfMessages } from '../mapping/parse-mapping.ts'
import { createCatalogue, type Catalogue } from '../model/catalogue.ts'
import { parseVehicleTable, type VehicleTable } from '../model/vehicle-table.ts'
import type { VssSignal } from '../model/vss.ts'
import { findMessageMapping, mappingNames, shippedAnyMapping } from '../replay/mapping-catalogue.ts'
import { bridgeSettings } from './bridge.ts'
import { httpPublishersConfig, httpPublisherSettings, type HttpPublishersConfig } from './http-publishers.ts'
import { separated } from './networks.ts'
import { file, onOff, text } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readQuietJson } from './text-file.ts'
import { short, teltonikaConfig, trackerSettings, type TeltonikaConfig } from './trackers.ts'

export type PublishersConfig = {
  readonly mappings: readonly MessageMapping[]
  /** By mapping, the vehicle of each of the publisher's ids. */
  readonly senders: ReadonlyMap<string, VehicleTable>
  /** Whether edge nodes of Sparkplug B are asked for their births, by the broker of the bridge. */
  readonly asksForRebirths: boolean
  /** Undefined: nobody sends by HTTP. */
  readonly http: HttpPublishersConfig | undefined
  /** Undefined: no tracker comes in. */
  readonly teltonika: TeltonikaConfig | undefined
}

export const publisherSettings = {
  mappings: text(
    'ROADSTREAM_MAPPINGS',
    '',
    'mappings that read what publishers with forms of their own send, comma-separated: names, or files ending in .json',
    /^/,
    'give names',
  ),
  senders: file('ROADSTREAM_SENDERS', 'file that says which vehicle each of their ids is, by mapping (JSON)'),
  ...httpPublisherSettings,
  ...trackerSettings,
  asksForRebirths: onOff(
    'ROADSTREAM_SPARKPLUG_REBIRTH',
    'on: edge nodes of Sparkplug B whose data cannot be read are asked for their births, by the broker of ROADSTREAM_BRIDGE',
  ),
}

const mappingsName = publisherSettings.mappings.name
const sendersName = publisherSettings.senders.name
const rebirthName = publisherSettings.asksForRebirths.name
const { http } = httpPublisherSettings
const { teltonika } = trackerSettings
const example = '{ "owntracks": { "phone-7": "golf" } }'
const charsMax = 16 * 1024 * 1024

/** The ways in that settings open, also where the address of one is wrong. */
type Ways = { readonly isBridged: boolean; readonly isHttp: boolean; readonly isTeltonika: boolean }

/** Reads the mappings and the files they need. Undefined without mappings. */
export function publishersConfig(reader: SettingsReader, signals: readonly VssSignal[]): PublishersConfig | undefined {
  const { problems, isSet } = reader
  const names = separated(reader.take(publisherSettings.mappings))
  const file = reader.take(publisherSettings.senders)
  if (names.length === 0) {
    noteUnread(reader)
    return undefined
  }
  const ways: Ways = {
    isBridged: isSet(bridgeSettings.url),
    isHttp: isSet(http),
    isTeltonika: isSet(teltonika),
  }
  const catalogue = createCatalogue(signals)
  const mappings = readMappings(names, catalogue, problems)
  if (file === '')
    problems.push(`${mappingsName} needs ${sendersName}: a file that says whose each id is, such as ${example}`)
  const areWhole = mappings.length === names.length
  for (const mapping of mappings) noteUnreached(mapping, ways, problems)
  noteCovered(mappings, catalogue, ways, reader)
  const namesOf = (chosen: readonly MessageMapping[]) => new Set(chosen.map(({ name }) => name))
  const before = problems.length
  const senders: ReadonlyMap<string, VehicleTable> =
    file === '' ? new Map() : readSenders(file, areWhole ? namesOf(mappings) : undefined, problems)
  const isTold = problems.length === before
  return {
    mappings,
    senders,
    asksForRebirths: asksForRebirths(reader, areWhole ? mappings : undefined),
    http: httpPublishersConfig(reader, areWhole ? namesOf(mappings.filter(readsHttp)) : undefined),
    teltonika: teltonikaConfig(reader, {
      readers: namesOf(mappings.filter(readsTrackers)),
      senders,
      isWhole: areWhole && file !== '',
      isTold,
    }),
  }
}

/** Without a mapping nothing reads what the other settings bring. */
function noteUnread({ take, isSet, problems }: SettingsReader): void {
  const { mappings: _, ...others } = publisherSettings
  for (const setting of Object.values(others)) {
    const given = take<unknown>(setting)
    if (given !== '' && given !== false && isSet(setting))
      problems.push(
        `${setting.name} is set, and ${mappingsName} is not: name the mappings that read what publishers send`,
      )
  }
}

const readsTopics = ({ from }: MessageMapping): boolean => from.routes.some((route) => 'topic' in route)
const readsTrackers = ({ from }: MessageMapping): boolean =>
  from.routes.some((route) => 'method' in route && route.method === 'TELTONIKA')
const readsHttp = ({ from }: MessageMapping): boolean =>
  from.routes.some((route) => 'method' in route && route.method !== 'TELTONIKA')

/** A mapping of which no message can come is a slip. */
function noteUnreached(mapping: MessageMapping, { isBridged, isHttp, isTeltonika }: Ways, problems: string[]): void {
  const ways = [
    ...(readsTopics(mapping)
      ? [{ isOpen: isBridged, remedy: 'ROADSTREAM_BRIDGE, the broker where it publishes' }]
      : []),
    ...(readsHttp(mapping) ? [{ isOpen: isHttp, remedy: `${http.name}, where it can come in` }] : []),
    ...(readsTrackers(mapping) ? [{ isOpen: isTeltonika, remedy: `${teltonika.name}, where trackers connect` }] : []),
  ]
  if (ways.some(({ isOpen }) => isOpen)) return
  problems.push(
    `${mappingsName}: nothing brings the messages of ${mapping.name}: give ${ways.map(({ remedy }) => remedy).join(', or ')}`,
  )
}

/** Of mappings that read the same topics the first takes what comes there, and the others hear
 *  nothing of it. */
function noteCovered(
  mappings: readonly MessageMapping[],
  catalogue: Catalogue,
  ways: Ways,
  { problems, warnings }: SettingsReader,
): void {
  if (!ways.isBridged || mappings.filter(readsTopics).length < 2) return
  const readers = mappings.map((mapping): MappingReader => ({
    mapping,
    translation: openTranslation(mapping, catalogue),
  }))
  for (const [index, reader] of readers.entries()) {
    const covered = coveredBy(readers.slice(0, index), reader)
    if (covered === undefined) continue
    const { mapping } = reader
    const hasOther = (readsHttp(mapping) && ways.isHttp) || (readsTrackers(mapping) && ways.isTeltonika)
    const by = covered.by.join(', ')
    if (covered.is === 'all' && !hasOther)
      problems.push(
        `${mappingsName}: nothing comes to ${mapping.name}: all of its topics are taken by ${by}, before it: leave one of them out`,
      )
    else
      warnings.push(
        `${mappingsName}: not all of ${covered.topics.join(', ')} comes to ${mapping.name}: what ${by} reads there is taken by that, which is before it`,
      )
  }
}

/** `mappings`: undefined where one is wrong. */
function asksForRebirths(
  { take, isSet, problems }: SettingsReader,
  mappings: readonly MessageMapping[] | undefined,
): boolean {
  const isOn = take(publisherSettings.asksForRebirths)
  const readsSparkplug =
    mappings?.some(({ from }) => from.routes.some(({ payload }) => payload === 'sparkplug-b')) ?? true
  if (isOn && !isSet(bridgeSettings.url))
    problems.push(
      `${rebirthName} is on, and ROADSTREAM_BRIDGE names no broker: name there the one where the edge nodes publish`,
    )
  else if (isOn && !readsSparkplug)
    problems.push(`${rebirthName} is on, and no mapping of ${mappingsName} reads Sparkplug B: leave it out`)
  return isOn
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
function readSenders(
  file: string,
  known: ReadonlySet<string> | undefined,
  problems: string[],
): Map<string, VehicleTable> {
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
    if (table.ok && table.value.has(''))
      wrong(`"${mapping}": an id is empty; a publisher's id has a character at least`)
    if (known !== undefined && !known.has(mapping))
      wrong(`"${mapping}" is no mapping of ${mappingsName}, which has ${[...known].join(', ')}`)
  }
  return senders
}
