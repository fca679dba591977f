// The signals that a mapping may name: those of the catalogue, and those that jobs read beyond it.
import type { Catalogue } from '../model/catalogue.ts'
import type { ValueRule } from '../model/signal-value.ts'

export type MappableSignal = { readonly path: string; readonly unit: string | undefined; readonly rule: ValueRule }

/** VSS's `Vehicle.OBD.FuelRate`, of which trips tell their fuel; its range is that of PID 5E (SAE
 *  J1979). */
const beyond: readonly MappableSignal[] = [
  {
    path: 'Vehicle.OBD.FuelRate',
    unit: 'l/h',
    rule: { kind: 'real', min: 0, max: 3212.75, allowed: undefined, notAvailable: undefined },
  },
]

export const mappablePaths = ({ signals }: Catalogue): readonly string[] => [
  ...new Set([...signals, ...beyond].map(({ path }) => path)),
]

/** Undefined for a path that no mapping may name. */
export function mappableSignal(path: string, catalogue: Catalogue): MappableSignal | undefined {
  const rule = catalogue.rule(path)
  return rule === undefined
    ? beyond.find((signal) => signal.path === path)
    : { path, unit: catalogue.find(path)?.unit, rule }
}

/** Whether its values are numbers, in its unit if it has one. */
export const isNumeric = ({ rule }: MappableSignal): boolean => rule.kind === 'real' || rule.kind === 'whole'
