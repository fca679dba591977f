// `roadstream replay --geofences`: Traccar's geofences as GeoJSON. Invariant: the report names
// geofences by their ids, and tells no place.
import { draftCommand, type DraftDeps, type DraftKind } from '../draft-command.ts'
import type { GeofenceFeature } from './geofence-feature.ts'
import { readGeofences, type ReadGeofences } from './read-geofences.ts'

const kind: DraftKind = {
  option: 'geofences',
  usage:
    '--geofences looks at one FILE, the geofences of Traccar, and writes them as GeoJSON to standard output, or to geofences.geojson of --draft FOLDER.',
  draftOf: async (file) => {
    const read = await readGeofences(file)
    const shown = read.features.length === 0 ? '' : collectionText(read.features)
    return {
      files: shown === '' ? {} : { 'geofences.geojson': shown },
      shown,
      report: reportOf(read),
      isRefused: read.refusals.length > 0,
    }
  },
}

/** Gives the exit code. */
export const geofencesCommand = (args: readonly string[], deps: DraftDeps): Promise<number> =>
  draftCommand(args, kind, deps)

/** A FeatureCollection, a feature a line. */
const collectionText = (features: readonly GeofenceFeature[]): string =>
  `{"type":"FeatureCollection","features":[\n${features.map((feature) => JSON.stringify(feature)).join(',\n')}\n]}\n`

function reportOf({ features, refusals, withCalendar, attributesLeft }: ReadGeofences): string {
  const count = (...types: readonly GeofenceFeature['geometry']['type'][]): number =>
    features.filter(({ geometry }) => types.includes(geometry.type)).length
  const [circles, polygons, corridors] = [
    count('Point'),
    count('Polygon', 'MultiPolygon'),
    count('LineString', 'MultiLineString'),
  ]
  return `${[
    `geofences drafted: ${features.length} (circles: ${circles}, polygons: ${polygons}, corridors: ${corridors}); refused: ${refusals.length}`,
    ...refusals.map((refusal) => `refused: ${refusal}.`),
    ...(features.length === 0
      ? []
      : ['check: geofences.geojson tells places, such as homes: give it to those alone who may know them.']),
    'not taken: which devices, groups and users have which geofence, which stands in other tables.',
    ...(withCalendar.length === 0 ? [] : [`not taken: the calendars of the geofences ${withCalendar.join(', ')}.`]),
    ...(attributesLeft.length === 0
      ? []
      : [`not taken: the attributes ${attributesLeft.map((name) => JSON.stringify(name)).join(', ')}.`]),
  ].join('\n')}\n`
}
