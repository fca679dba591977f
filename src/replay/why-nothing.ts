// Why a recording gave not one sample, by its first row: what to look at is told with the column
// and the text that is there.
import { dirname } from 'node:path'
import { datedClockwork, isDated, timeFields } from '../mapping/clockwork.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { plainColumn } from '../mapping/open-mapping.ts'
import { openReader } from './readers/readers.ts'
import { rowsOf } from './recording.ts'
import type { Row } from './rows.ts'

const shownMax = 40

/** A sentence, with the remedy. */
export async function whyNothing(file: string, mapping: Mapping): Promise<string> {
  for await (const { row } of rowsOf(file, openReader(mapping.from, dirname(file))))
    if (Object.keys(row).length > 0) return whyOf(row, mapping)
  return 'It has no rows.'
}

function whyOf(row: Row, { time, segments }: Mapping): string {
  const plain = new Map(Object.entries(row).map(([name, text]) => [plainColumn(name), text]))
  const told = (field: string): string => plain.get(plainColumn(field)) ?? ''
  const rule = [time].flat().find((each) => !('when' in each))
  if (rule !== undefined && isDated(rule)) {
    const fields = timeFields(rule)
    if (datedClockwork(rule)(Object.fromEntries(fields.map((field) => [field, told(field)])), '') === undefined)
      return (
        `In its first row ${fields.map((field) => `"${field}" is "${told(field).slice(0, shownMax)}"`).join(', ')}, which is no time as the mapping reads it (${rule.as}). ` +
        'Spreadsheets write times anew when they save: export it again without one, or say how its time is written in a mapping of your own.'
      )
  }
  if (segments !== undefined && told(segments.field).trim() === '')
    return `In its first row "${segments.field}" is empty, which says whose it is: export it with that column.`
  return 'Its first row tells no value that the mapping takes. Is it a recording of another kind?'
}
