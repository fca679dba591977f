// Fields of a vehicle as somebody wrote them: brought into the form in which they are kept, or told
// what is wrong with each and what to do. The same for a form, a bulk edit and a file.
import { isZone } from '../mapping/instants.ts'
import type { RegistryFields, WorkingHours } from '../model/registry.ts'
import { vehicleKinds } from '../model/vehicle-kind.ts'
import { tidyVin, vinFault } from './vin.ts'

export const registryLimits = {
  nameChars: 100,
  plateChars: 20,
  makeChars: 60,
  yearMin: 1885,
  yearMax: 2100,
  notesChars: 4000,
  groups: 20,
  tags: 50,
  tagChars: 40,
  attributes: 50,
  attributeNameChars: 64,
  attributeChars: 500,
  hours: 14,
} as const

export type FieldFault = { readonly field: string; readonly message: string }
export type KnownIds = { readonly groups: ReadonlySet<string>; readonly tariffs: ReadonlySet<string> }
export type CheckedFields = { readonly fields: Partial<RegistryFields>; readonly faults: readonly FieldFault[] }

/** Texts are trimmed, an empty one is none; tags are in lower case; nothing is there twice. */
export function checkFields(written: Partial<RegistryFields>, known: KnownIds): CheckedFields {
  const fields = tidied(written)
  const faults: FieldFault[] = []
  const fault = (field: keyof RegistryFields, message: string | null | false): void => {
    if (typeof message === 'string') faults.push({ field, message })
  }
  const limits = registryLimits
  fault('name', tooLong(fields.name, limits.nameChars))
  fault('plate', tooLong(fields.plate, limits.plateChars))
  fault('make', tooLong(fields.make, limits.makeChars))
  fault('model', tooLong(fields.model, limits.makeChars))
  fault('notes', tooLong(fields.notes, limits.notesChars))
  fault('year', yearFault(fields.year ?? null))
  fault('vin', typeof fields.vin === 'string' && vinFault(fields.vin))
  const { kind = null, zone = null, tariff = null } = fields
  fault('kind', kind !== null && !vehicleKinds.includes(kind) && `Give one of ${vehicleKinds.join(', ')}.`)
  fault(
    'zone',
    zone !== null &&
      !(startsWithLetter.test(zone) && isZone(zone)) &&
      'Give a time zone by its IANA name, such as Europe/Berlin.',
  )
  fault(
    'tariff',
    tariff !== null && !known.tariffs.has(tariff) && `There is no tariff ${quoted(tariff)}: make it first.`,
  )
  fault('groups', groupsFault(fields.groups ?? [], known))
  fault('tags', tagsFault(fields.tags ?? []))
  fault('attributes', attributesFault(fields.attributes ?? {}))
  fault('hours', hoursFault(fields.hours ?? []))
  return { fields, faults }
}

/** `Intl` takes offsets as well, which know nothing of summer. */
const startsWithLetter = /^[A-Za-z]/
const texts = ['name', 'plate', 'make', 'model', 'notes', 'zone', 'tariff'] as const

function tidied(written: Partial<RegistryFields>): Partial<RegistryFields> {
  const fields: { -readonly [Name in keyof RegistryFields]?: RegistryFields[Name] } = { ...written }
  for (const name of texts) if (typeof written[name] === 'string') fields[name] = textOrNull(written[name])
  if (typeof written.vin === 'string') fields.vin = textOrNull(tidyVin(written.vin))
  if (written.groups !== undefined) fields.groups = [...new Set(written.groups)]
  if (written.tags !== undefined)
    fields.tags = [...new Set(written.tags.map((tag) => clean(tag).toLowerCase()))].filter((tag) => tag !== '')
  if (written.attributes !== undefined)
    fields.attributes = Object.fromEntries(
      Object.entries(written.attributes).flatMap(([name, value]) =>
        clean(value) === '' ? [] : [[name, clean(value)]],
      ),
    )
  if (written.hours !== undefined)
    fields.hours = written.hours.map(({ days, from, to }) => ({
      days: [...new Set(days)].sort((a, b) => a - b),
      from,
      to,
    }))
  return fields
}

/** U+0000 and halves of surrogate pairs cannot be kept. */
const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '').normalize('NFC').trim()
const textOrNull = (text: string): string | null => (clean(text) === '' ? null : clean(text))

/** Someone else's text in a message: short. */
const quoted = (text: string): string => `"${text.slice(0, 60)}"`

const tooLong = (text: string | null | undefined, chars: number): string | false =>
  (text?.length ?? 0) > chars && `Shorten it to ${chars} characters.`

const yearFault = (year: number | null): string | false =>
  year !== null &&
  !(Number.isSafeInteger(year) && year >= registryLimits.yearMin && year <= registryLimits.yearMax) &&
  `Give the year of the model in four digits, from ${registryLimits.yearMin} to ${registryLimits.yearMax}.`

function groupsFault(groups: readonly string[], known: KnownIds): string | false {
  const unknown = groups.find((group) => !known.groups.has(group))
  if (unknown !== undefined) return `There is no group ${quoted(unknown)}: make it first, or give the id of another.`
  return groups.length > registryLimits.groups && `A vehicle is in at most ${registryLimits.groups} groups.`
}

function tagsFault(tags: readonly string[]): string | false {
  const { tags: most, tagChars } = registryLimits
  if (tags.length > most) return `A vehicle has at most ${most} tags.`
  const bad = tags.find((tag) => tag.length > tagChars || tag.includes(','))
  return bad !== undefined && `The tag ${quoted(bad)} must have at most ${tagChars} characters and no comma.`
}

function attributesFault(attributes: Readonly<Record<string, string>>): string | false {
  const { attributes: most, attributeNameChars, attributeChars } = registryLimits
  const entries = Object.entries(attributes)
  if (entries.length > most) return `A vehicle has at most ${most} attributes.`
  const bad = entries.find(
    ([name, value]) =>
      clean(name) !== name || name === '' || name.length > attributeNameChars || value.length > attributeChars,
  )
  return (
    bad !== undefined &&
    `The attribute ${quoted(bad[0])} must have a name of 1 to ${attributeNameChars} characters without spaces around it, and a value of at most ${attributeChars}.`
  )
}

const minutesOfDay = 24 * 60

function hoursFault(hours: readonly WorkingHours[]): string | false {
  const isMinute = (minute: number): boolean => Number.isSafeInteger(minute) && minute >= 0 && minute <= minutesOfDay
  const isDay = (day: number): boolean => Number.isSafeInteger(day) && day >= 1 && day <= 7
  const isFine = ({ days, from, to }: WorkingHours): boolean =>
    isMinute(from) && isMinute(to) && from !== to && days.length > 0 && days.every(isDay)
  if (hours.length > registryLimits.hours) return `There are at most ${registryLimits.hours} spans of working hours.`
  return (
    !hours.every(isFine) &&
    'Give days as 1 (Monday) to 7, and times as minutes after midnight up to 1440, of which the two differ.'
  )
}
