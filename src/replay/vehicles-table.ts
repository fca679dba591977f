// Which car each segment of a recording is: a table of the ids elsewhere, such as row numbers of another platform's database.
import { readFileSync } from 'node:fs'
import { accepted, refused, type Result } from '../base/errors.ts'
import { parseVehicleTable } from '../model/vehicle-table.ts'
import type { Mapping } from '../mapping/mapping.ts'

type Named = { readonly vehicles?: string | undefined; readonly vehicle?: string | undefined; readonly 'one-vehicle': boolean }

/** The table that `--vehicles` names; undefined where it names none. */
export function readVehicles(named: Named, mapping: Mapping): Result<ReadonlyMap<string, string> | undefined, 'usage'> {
  if (named.vehicles === undefined) return accepted(undefined)
  if (named.vehicle !== undefined || named['one-vehicle'])
    return refused('usage', '--vehicles says which car each segment is; leave out --vehicle and --one-vehicle.')
  if (mapping.segments === undefined)
    return refused('usage', `--vehicles: the recordings of ${mapping.name} have no segments; --vehicle names their car.`)
  const wrong = (why: string): Result<never, 'usage'> => refused('usage', `--vehicles ${named.vehicles}: ${why}`)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(named.vehicles, 'utf8'))
  } catch (error) {
    return wrong(error instanceof SyntaxError ? `it is no JSON (${error.message}).` : 'it cannot be read.')
  }
  const table = parseVehicleTable(json, 'segments')
  return table.ok ? table : wrong(table.detail.split('\n')[0] ?? '')
}
