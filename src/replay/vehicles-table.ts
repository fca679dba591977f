// Which car each segment of a recording is: a table of the ids elsewhere, such as row numbers of
// another platform's database.
import { readFileSync } from 'node:fs'
import { accepted, refused, type Result } from '../base/errors.ts'
import { parseVehicleTable } from '../model/vehicle-table.ts'
import { keyPathText, parseWrittenJson } from '../model/written-json.ts'
import type { Mapping } from '../mapping/mapping.ts'

type Named = {
  readonly vehicles?: string | undefined
  readonly vehicle?: string | undefined
  readonly 'one-vehicle': boolean
}

/** The table that `--vehicles` names; undefined where it names none. */
export function readVehicles(named: Named, mapping: Mapping): Result<ReadonlyMap<string, string> | undefined, 'usage'> {
  if (named.vehicles === undefined) return accepted(undefined)
  if (named.vehicle !== undefined || named['one-vehicle'])
    return refused('usage', '--vehicles says which car each segment is; leave out --vehicle and --one-vehicle.')
  if (mapping.segments === undefined)
    return refused(
      'usage',
      `--vehicles: the recordings of ${mapping.name} have no segments; --vehicle names their car.`,
    )
  const wrong = (why: string): Result<never, 'usage'> => refused('usage', `--vehicles ${named.vehicles}: ${why}`)
  let text: string
  try {
    text = readFileSync(named.vehicles, 'utf8')
  } catch {
    return wrong('it cannot be read.')
  }
  const written = parseWrittenJson(text)
  if ('said' in written) return wrong(`it is no JSON (${written.said}).`)
  if ('twice' in written) return wrong(`${keyPathText(written.twice)} stands there twice; leave one of them out.`)
  const table = parseVehicleTable(written.json, 'segments')
  return table.ok ? table : wrong(table.detail.split('\n')[0] ?? '')
}
