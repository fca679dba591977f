// A table from ids that others gave to vehicles of ours, as JSON: { "7": "golf" }. The name that
// another platform, a publisher or a recording has for a car is told here and nowhere guessed.
import { accepted, refused, type Result } from '../base/errors.ts'
import { parseVehicleKey } from './vehicle-id.ts'

export type VehicleTable = ReadonlyMap<string, string>

/**
 * `ofWhom`: whose ids stand on the left, for people; `place` is put before an id in what is wrong,
 * and `shown` is how an id is told there. The refusal has a line for each fault.
 */
export function parseVehicleTable(
  json: unknown,
  ofWhom: string,
  place = '',
  shown: (id: string) => string = (id) => id,
): Result<VehicleTable, 'table'> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return refused('table', `${place}it is an object of ${ofWhom} and vehicle ids, such as {"7": "golf"}.`)
  const table = new Map<string, string>()
  const faults: string[] = []
  for (const [id, vehicle] of Object.entries(json)) {
    if (typeof vehicle === 'string' && parseVehicleKey(`tenant/${vehicle}`).ok) table.set(id, vehicle)
    else
      faults.push(
        `${place}"${shown(id)}" is ${JSON.stringify(vehicle)}; a vehicle id has up to 63 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.`,
      )
  }
  return faults.length === 0 ? accepted(table) : refused('table', faults.join('\n'))
}
