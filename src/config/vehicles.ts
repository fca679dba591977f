// Reads the file of what is known of vehicles (docs/vehicles.md). Every role reads the same file
// into the same plain data, which also goes to its threads.
import { isObject, listOf, matching, object, oneOf, type Faults } from '../mapping/check.ts'
import { isPattern, takesAllOf } from '../model/name-pattern.ts'
import { vehicleKinds } from '../model/vehicle-kind.ts'
import type { VehicleEntry } from '../model/vehicles.ts'
import { keyPathText, parseWrittenJson } from '../model/written-json.ts'
import { file } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readTextFile } from './text-file.ts'

export const vehiclesSettings = {
  file: file('ROADSTREAM_VEHICLES', 'file with the kind, model and version of vehicles (JSON, docs/vehicles.md)'),
}

/** Patterns are tried one after the other for each vehicle when it is first heard. */
export const vehicleListLimits = { chars: 32 * 1024 * 1024, entries: 200_000, patterns: 1_000, wordChars: 100 } as const

/** Faults told; a file that is something else altogether has thousands. */
const faultsMax = 20

/** As an id is (vehicle-id.ts), with a star anywhere. */
const idOrPattern = /^[A-Za-z0-9*][A-Za-z0-9._*-]{0,62}$/
const isIdOrPattern = (text: string): boolean => idOrPattern.test(text) && isPattern(text)

/** Settings write models with commas between them, and stars for a part of one. */
const word = /^[^\s,*\p{Cc}]([^,*\p{Cc}]*[^\s,*\p{Cc}])?$/u
const isWord = (text: string): boolean => text.length <= vehicleListLimits.wordChars && word.test(text)
const wordForm = matching(
  `a text of up to ${vehicleListLimits.wordChars} characters without commas, stars and outer space`,
  isWord,
)

const entryForm = object(
  {
    vehicle: matching(
      'a vehicle id (1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit), or one with one * for any part of it',
      isIdOrPattern,
    ),
    kind: oneOf(...vehicleKinds),
    model: wordForm,
    version: wordForm,
  },
  ['vehicle'],
)
const listForm = listOf(entryForm, 'a list of { "vehicle", "kind", "model", "version" }')

/** The entries of the file; none where it is wrong: the problems name the setting, the field and
 *  what may stand there. */
export function knownVehicles({ take, problems }: SettingsReader): readonly VehicleEntry[] {
  const setting = vehiclesSettings.file.name
  const path = take(vehiclesSettings.file)
  if (path === '') return []
  const read = readTextFile(path, 'list of vehicles', vehicleListLimits.chars)
  if ('fault' in read) {
    problems.push(`${setting} names ${path}, which ${read.fault}`)
    return []
  }
  const faults: Faults = []
  const entries = parseVehicles(read.text, faults)
  if (faults.length === 0) return entries
  const more = faults.length > faultsMax ? [`and ${faults.length - faultsMax} more.`] : []
  for (const fault of [...faults.slice(0, faultsMax), ...more]) problems.push(`${setting}: ${path}: ${fault}`)
  return []
}

function parseVehicles(text: string, faults: Faults): readonly VehicleEntry[] {
  const written = parseWrittenJson(text)
  if ('said' in written) faults.push(`this is not JSON (${written.said}).`)
  if ('twice' in written) faults.push(`${keyPathText(written.twice)} stands there twice; leave one of them out.`)
  if (!('json' in written)) return []
  const { json } = written
  const list = isObject(json) && Object.keys(json).length === 1 ? json['vehicles'] : undefined
  if (list === undefined) faults.push('the file is an object with one field, "vehicles".')
  else if (!(Array.isArray(list) && list.length === 0)) listForm(list, 'vehicles', faults)
  if (faults.length > 0) return []
  const vehicles = list as readonly VehicleEntry[]
  if (vehicles.length > vehicleListLimits.entries)
    faults.push(
      `vehicles has ${vehicles.length} entries; make one of many by a pattern: ${vehicleListLimits.entries} are taken.`,
    )
  addEmpty(vehicles, faults)
  addHidden(vehicles, faults)
  return vehicles
}

function addEmpty(entries: readonly VehicleEntry[], faults: Faults): void {
  for (const [index, { kind, model, version }] of entries.entries())
    if (model === undefined && version !== undefined)
      faults.push(`vehicles[${index}].model is missing; a version is one of a model.`)
    else if (kind === undefined && model === undefined)
      faults.push(`vehicles[${index}] says nothing of the vehicle; give kind or model.`)
}

/** Entries that are never looked at: what stands there twice, and a pattern behind one that
 *  takes all of its ids. */
function addHidden(entries: readonly VehicleEntry[], faults: Faults): void {
  const ids = new Set<string>()
  const patterns: string[] = []
  for (const [index, { vehicle }] of entries.entries()) {
    const hasStar = vehicle.includes('*')
    const before = hasStar ? patterns.find((pattern) => takesAllOf(pattern, vehicle)) : undefined
    if (ids.has(vehicle))
      faults.push(`vehicles[${index}].vehicle is "${vehicle}", which stands there already; leave one of them out.`)
    else if (before !== undefined)
      faults.push(`vehicles[${index}].vehicle is "${vehicle}", of which "${before}" takes all; put it before that.`)
    ids.add(vehicle)
    if (hasStar && patterns.push(vehicle) > vehicleListLimits.patterns)
      return void faults.push(
        `vehicles has more than ${vehicleListLimits.patterns} patterns; name the vehicles by their ids.`,
      )
  }
}
