// The zone of local times, as the user says it: recordings of applications have the phone's, which
// no file tells.
import type { DatedRule, Mapping, StartRule, TimeRule } from './mapping.ts'

/** The mapping with local times of `zone`, an IANA name; undefined where it has none. An offset in
 *  the text counts before it. */
export function inZone(mapping: Mapping, zone: string): Mapping | undefined {
  const rules = [mapping.time].flat()
  return rules.some(hasZone) ? { ...mapping, time: rules.map((rule) => timeIn(rule, zone)) } : undefined
}

function hasZone(rule: TimeRule): boolean {
  if ('zone' in rule) return true
  if (!('start' in rule) || rule.start === undefined) return false
  return 'zone' in ('table' in rule.start ? rule.start.time : rule.start)
}

const datedIn = (rule: DatedRule, zone: string): DatedRule => ('zone' in rule ? { ...rule, zone } : rule)

const startIn = (start: StartRule, zone: string): StartRule =>
  'table' in start ? { ...start, time: datedIn(start.time, zone) } : datedIn(start, zone)

function timeIn(rule: TimeRule, zone: string): TimeRule {
  if (rule.as !== 'elapsed' && rule.as !== 'rows') return datedIn(rule, zone)
  return rule.start === undefined ? rule : { ...rule, start: startIn(rule.start, zone) }
}
