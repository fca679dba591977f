import { isDeepStrictEqual } from 'node:util'
import type { SignalValue } from '../model/message.ts'

type Signals = Readonly<Record<string, SignalValue>>

/** Faults of a sample that says otherwise than an example at that path of the mapping. */
export const signalFaults = (found: Signals, expected: Signals, path: string): readonly string[] =>
  [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((signal) => !isDeepStrictEqual(found[signal], expected[signal]))
    .map((signal) => `${path}.signals["${signal}"] is ${shown(found[signal])}, not ${shown(expected[signal])}.`)

const shown = (value: unknown): string => (value === undefined ? 'not told' : JSON.stringify(value))
