// The instant of what messages told, by the first rule that gives one, and whose clock it was.
// Invariant: an instant outside 2000 to 2100 is none.
import { isInstant } from '../../model/instant.ts'
import { openPattern } from '../instant-pattern.ts'
import { parseInstant } from '../instants.ts'
import type { ToldClock } from '../mapping.ts'
import { readRef, type Fields, type Told } from './fields.ts'
import type { MessageTime } from './message-mapping.ts'

export type ToldInstant = { readonly at: number; readonly clock: ToldClock }

/** `receivedAt` is NaN for what is old: its receipt says nothing. */
export type Instants = (told: Told, receivedAt: number) => ToldInstant | undefined

const unitMs = { s: 1000, ms: 1, us: 0.001 } as const

/** Whether the instant belongs to each value rather than to all that a message tells. */
export function isOfEachValue(rule: MessageTime): boolean {
  if (rule.as === 'receipt') return false
  const read = [rule.field, rule.plus?.field ?? []].flat()
  return read.some((field) => readRef(field).name === '*')
}

/** `valueField`: the field of the value, whose name `*` stands for. */
export function openInstants(rules: readonly MessageTime[], fields: Fields, valueField: string): Instants {
  const readers = rules.map((rule) => openInstant(rule, fields, valueField))
  return (told, receivedAt) => {
    for (const reader of readers) {
      const instant = reader(told, receivedAt)
      if (instant !== undefined) return instant
    }
    return undefined
  }
}

function openInstant(rule: MessageTime, fields: Fields, valueField: string): Instants {
  if (rule.as === 'receipt')
    return (_told, receivedAt) => (isInstant(receivedAt) ? { at: receivedAt, clock: 'received' } : undefined)
  const { clock = 'measured', when = [], plus } = rule
  const [thing = ''] = valueField.split('/')
  const access = (field: string): ((told: Told) => unknown) =>
    fields.access.field(readRef(field).name === '*' ? thing + field.slice(1) : field)
  const conditions = [when].flat().map(({ field, is }) => fields.access.condition({ field, is }))
  const read = openReader(rule, access)
  const added = plus === undefined ? undefined : { of: access(plus.field), unitMs: unitMs[plus.unit] }
  return (told) => {
    for (const condition of conditions) if (condition(told) === 'no') return undefined
    const base = read(told)
    const at = Math.round(added === undefined ? base : base + numberOf(added.of(told)) * added.unitMs)
    return isInstant(at) ? { at, clock } : undefined
  }
}

/** NaN where nothing can be read. */
function openReader(
  rule: Exclude<MessageTime, { readonly as: 'receipt' }>,
  access: (field: string) => (told: Told) => unknown,
): (told: Told) => number {
  if (rule.as === 'epoch') {
    const field = access(rule.field)
    const factor = unitMs[rule.unit]
    return (told) => numberOf(field(told)) * factor
  }
  const { zone } = rule
  const fields = [rule.field].flat().map(access)
  const read = rule.as === 'iso' ? (text: string) => parseInstant(text, zone) : openPattern(rule.pattern, zone)
  if (read === undefined) throw new TypeError(`"${rule.as === 'pattern' ? rule.pattern : ''}" is no pattern of a date`)
  return (told) => {
    const texts = fields.map((field) => field(told))
    return texts.every((text) => typeof text === 'string') ? (read(texts.join(' ')) ?? Number.NaN) : Number.NaN
  }
}

const numeral = /^[+-]?\d{1,20}(\.\d{1,20})?$/

const numberOf = (raw: unknown): number =>
  typeof raw === 'number' ? raw : typeof raw === 'string' && numeral.test(raw.trim()) ? Number(raw) : Number.NaN
