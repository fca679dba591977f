// The table of tracks: the points of a minute are one value (track-bytes.ts), and how many they are
// stands beside it for who asks the database.
import { Type } from 'typebox'
import { tracksModel, type Track } from '../../read-models/tracks/tracks.ts'
import type { ModelRow } from '../../read-models/read-model.ts'
import type { Tables } from '../storage.ts'
import { openSqlTable } from './sql-table.ts'
import type { Reports, Sql } from './sql.ts'
import { decodeSteps, encodeSteps } from './track-bytes.ts'

const { tenant, vehicle, minuteAt } = tracksModel.shape.properties
const packedModel = {
  ...tracksModel,
  shape: Type.Object({
    tenant,
    vehicle,
    minuteAt,
    samples: Type.Integer(),
    points: Type.String({ contentEncoding: 'base64' }),
  }),
}
type Packed = ModelRow<typeof packedModel>

export function openSqlTracks(sql: Sql, reports: Reports): Tables['tracks'] {
  const table = openSqlTable(sql, packedModel, reports)
  return {
    positions: table.positions,
    expire: table.expire,
    put: (changes, positions) =>
      table.put(
        changes.map(({ id, row }) => ({ id, row: row && packed(row) })),
        positions,
      ),
    async get(reach, id) {
      const row = await table.get(reach, id)
      return row && unpacked(row)
    },
    async list(reach, filter, page) {
      const found = await table.list(reach, filter, page)
      return { ...found, rows: found.rows.map(unpacked) }
    },
  }
}

const packed = ({ tenant, vehicle, minuteAt, ...steps }: Track): Packed => ({
  tenant,
  vehicle,
  minuteAt,
  samples: steps.atSteps.length,
  points: encodeSteps(steps).toString('base64'),
})

const unpacked = ({ tenant, vehicle, minuteAt, points }: Packed): Track => ({
  tenant,
  vehicle,
  minuteAt,
  ...decodeSteps(Buffer.from(points, 'base64')),
})
