// The geofences of Traccar 6.14.5, from an export of its table (CSV) or from its API (JSON,
// `GET /api/geofences`). Each row becomes a feature or a refusal that says why and what to do.
import { accepted, refused, type Result } from '../../base/errors.ts'
import { readExportedTable, type ExportedRow, type TableForm } from '../exported-table.ts'
import { geofenceFeature, type GeofenceFeature } from './geofence-feature.ts'

export type ReadGeofences = {
  readonly features: readonly GeofenceFeature[]
  /** Each a sentence without its full stop. */
  readonly refusals: readonly string[]
  /** Ids of geofences that were taken without the calendar they have. */
  readonly withCalendar: readonly string[]
  /** Names of attributes that were not taken. */
  readonly attributesLeft: readonly string[]
}

const form: TableForm = {
  one: 'geofence',
  many: 'geofences',
  columns: ['id', 'name', 'description', 'area', 'attributes', 'calendarid'],
  remedy:
    'Export SELECT id, name, description, area, attributes, calendarid FROM tc_geofences ORDER BY id as CSV, or take what GET /api/geofences answers',
}
const attributesTaken = new Set(['polylineDistance', 'floor', 'ceiling'])

/** Rejects with a `RecordingError` where the file is no such export. */
export async function readGeofences(file: string): Promise<ReadGeofences> {
  const features: GeofenceFeature[] = []
  const refusals: string[] = []
  const withCalendar: string[] = []
  const attributesLeft = new Set<string>()
  const places = new Map<string, string>()
  for (const row of await readExportedTable(file, form)) {
    const id = idOf(row, places)
    if (!id.ok) {
      refusals.push(`${row.place} ${id.detail}`)
      continue
    }
    const attributes = attributesOf(row)
    const feature = attributes.ok
      ? geofenceFeature({
          id: id.value,
          name: row.text('name'),
          description: row.text('description'),
          area: row.value('area'),
          attributes: attributes.value,
        })
      : attributes
    if (!attributes.ok || !feature.ok) {
      refusals.push(`${row.place}: geofence ${id.value} ${feature.ok ? '' : feature.detail}`)
      continue
    }
    features.push(feature.value)
    if (!['', '0'].includes(row.text('calendarid'))) withCalendar.push(id.value)
    for (const name of Object.keys(attributes.value)) if (!attributesTaken.has(name)) attributesLeft.add(name)
  }
  return { features, refusals, withCalendar, attributesLeft: [...attributesLeft] }
}

/** The first row with an id is the one that counts. */
function idOf({ isTorn, place, text }: ExportedRow, places: Map<string, string>): Result<string, 'row'> {
  if (isTorn) return refused('row', 'has another number of fields than the header. Is it cut off? Export it again')
  const id = text('id')
  if (!/^\d{1,19}$/.test(id))
    return refused('row', `has the id ${JSON.stringify(id.slice(0, 40))}, which is no row number. Export it again`)
  const before = places.get(id)
  if (before !== undefined) return refused('row', `has the id ${id}, as ${before} has. Take out the one that is wrong`)
  places.set(id, place)
  return accepted(id)
}

/** A text of JSON in the table, and a JSON object in what the API answers. */
function attributesOf({ value }: ExportedRow): Result<Readonly<Record<string, unknown>>, 'attribute'> {
  const told = value('attributes')
  const attributes = typeof told === 'string' ? parsed(told) : told
  if (attributes === null) return accepted({})
  return typeof attributes === 'object' && !Array.isArray(attributes)
    ? accepted(attributes as Readonly<Record<string, unknown>>)
    : refused(
        'attribute',
        'has attributes that are no JSON object. Export it again, with a quote within a text written twice',
      )
}

function parsed(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
