// Parts that mappings of recordings and of messages share beside signals, checked: names, instants
// and the rules by which those are read.
import * as check from './check.ts'
import { openPattern, patternHelp } from './instant-pattern.ts'
import { isZone, parseInstant } from './instants.ts'

const { object, oneOf, text, listOf, oneOrMore } = check

export const name = check.matching('a name of lower case letters, digits and hyphens, at most 40', (value) =>
  /^[a-z0-9][a-z0-9-]{0,39}$/.test(value),
)
export const notes = listOf(text, 'a list of texts')
export const instant = check.matching(
  'an instant such as "2026-03-01T08:00:00Z"',
  (value) => parseInstant(value, 'UTC') !== undefined,
)
export const clock = oneOf('measured', 'sent', 'server', 'received')
const zone = check.matching('an IANA time zone such as "Europe/Madrid" or "UTC"', isZone)
const pattern = check.matching(patternHelp, (value) => openPattern(value, 'UTC') !== undefined)

/** The rules of instants that have a date, by what they are. `field` is the check of a field's
 *  name, `more` are the checks of what they may say besides. */
export function dated(
  field: check.Check = text,
  more: Readonly<Record<string, check.Check>> = {},
): Readonly<Record<string, check.Check>> {
  const fields = oneOrMore(field, 'a field or a list of fields')
  return {
    iso: object({ as: text, clock, field: fields, zone, ...more }, ['field', 'zone']),
    pattern: object({ as: text, clock, field: fields, zone, pattern, ...more }, ['field', 'pattern', 'zone']),
    epoch: object({ as: text, clock, field, unit: oneOf('s', 'ms', 'us'), ...more }, ['field', 'unit']),
  }
}

/** Values by path, which are held against signals elsewhere. */
export const anyObject: check.Check = (value, path, faults) => {
  if (!check.isObject(value)) faults.push(`${path} is an object.`)
}

/** A list that may be empty. */
export const anyList =
  (each: check.Check, what: string): check.Check =>
  (value, path, faults) => {
    if (!Array.isArray(value)) faults.push(`${path} is a list of ${what}.`)
    else for (const [index, entry] of value.entries()) each(entry, check.pathTo(path, index), faults)
  }
