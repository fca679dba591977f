// The memory of a translation of one sender, as plain JSON. Invariant: bounded by the mapping's
// fields and by named limits, whatever comes.
import { shortJson } from '../../model/short-json.ts'
import { takeValue } from '../../model/signal-value.ts'
import type { SparkplugMemory } from '../binary/sparkplug/session.ts'
import type { Memory } from '../foreign.ts'
import type { Field } from './fields.ts'
import { messageMappingLimits } from './limits.ts'

/** Values by their fields' references. */
export type Values = Record<string, unknown>

/** The values one of a sender's things told since the window opened. */
export type Part = {
  readonly values: Values
  /** Of the newest of its messages. */
  receivedAt: number
  /** Whether any of it was old when it came. */
  isOld: boolean
}

/** Keys of `parts`, `kept` and `said` come from outside and begin with a point, so that none of
 *  them means anything to JavaScript. */
export type Remembered = {
  open?: { readonly dueAt: number; readonly parts: Record<string, Part> }
  /** By part, until it is told anew. */
  kept?: Record<string, Values>
  /** Vehicles whose constants were said. */
  said?: Record<string, true>
  /** The births that were said. */
  sparkplug?: SparkplugMemory
}

export const rememberedIn = (memory: Memory): Remembered => memory

export const keyOf = (name: string | undefined): string => `.${name ?? ''}`

/** A value in the form that may be remembered: what is too long for it, or no JSON, is none. */
export function keepable(raw: unknown): unknown {
  const { keptChars } = messageMappingLimits
  if (typeof raw === 'string')
    return raw.length <= keptChars ? raw : takeValue({ invalid: 'too-long', value: raw }, undefined)
  // JSON has no infinite numbers.
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : takeValue(raw, undefined)
  if (typeof raw !== 'object' || raw === null) return raw
  const taken = takeValue(raw, undefined)
  const isShort = Array.isArray(taken) ? taken.reduce((chars, text) => chars + text.length, 0) <= keptChars : true
  return isShort ? taken : { invalid: 'too-long', value: shortJson(raw, 100) }
}

export function valuesOf(fields: readonly Field[], now: readonly unknown[]): Values {
  const values: Values = {}
  for (const { ref, place } of fields) if (now[place] !== undefined) values[ref] = keepable(now[place])
  return values
}

export function putBack(fields: readonly Field[], values: Values | undefined, list: unknown[]): void {
  if (values === undefined) return
  for (const { ref, place } of fields) if (Object.hasOwn(values, ref)) list[place] = values[ref]
}

/** Whether two tellings of one thing cannot be of one sample: a field came twice, with other
 *  values. */
export function differs(values: Values, next: Values): boolean {
  for (const ref of Object.keys(next)) {
    const [before, now] = [values[ref], next[ref]]
    if (Object.hasOwn(values, ref) && before !== now && JSON.stringify(before) !== JSON.stringify(now)) return true
  }
  return false
}
