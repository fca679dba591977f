// The signals an installation knows: those of VSS, and its own beside them, which its overlays add
// (overlay.ts). Code that checks, shows or maps values is given one. Invariant: signals of our
// catalogue, and all else that jobs read, are taken by the same rules whatever is added, so that
// nothing added changes what jobs find.
import { matchesPattern } from './name-pattern.ts'
import { ruleOf, type ValueRule } from './signal-value.ts'
import type { ModelRange, VehicleFacts } from './vehicle-kind.ts'
import type { Vehicles } from './vehicles.ts'
import { isSeatAirbag, unitsBeyond, vssSignals, type VssSignal } from './vss.ts'

export type Catalogue = {
  /** In the order in which they are shown: those of VSS, then its own by path. */
  readonly signals: readonly VssSignal[]
  find(path: string): VssSignal | undefined
  /** How values of the path are taken; undefined where they are kept as they come. */
  rule(path: string): ValueRule | undefined
}

/** Of the airbags of seats that VSS 6.0 names otherwise. */
export const otherAirbagRule: ValueRule = { kind: 'truth', min: 0, max: 1, allowed: undefined, notAvailable: undefined }

const isVss: ReadonlySet<string> = new Set(vssSignals.map(({ path }) => path))

/** `own` are sound, as parseOverlays gives them. */
export function createCatalogue(own: readonly VssSignal[]): Catalogue {
  const signals = [
    ...vssSignals,
    ...own.filter(({ path }) => !isVss.has(path)).toSorted((one, other) => (one.path < other.path ? -1 : 1)),
  ]
  const byPath = new Map(signals.map((signal) => [signal.path, signal]))
  const rules = new Map<string, ValueRule>()
  for (const signal of signals) {
    const isRead = !isVss.has(signal.path) && (isSeatAirbag(signal.path) || unitsBeyond.has(signal.path))
    const rule = isRead ? undefined : ruleOf(signal)
    if (rule !== undefined) rules.set(signal.path, rule)
  }
  return {
    signals,
    find: (path) => byPath.get(path),
    rule: (path) => rules.get(path) ?? (isSeatAirbag(path) ? otherAirbagRule : undefined),
  }
}

/** The signals that are taken of a vehicle, by `tenant/vehicle`. */
export type CatalogueOf = (key: string) => Catalogue

/** By what is known of vehicles: signals that are of some models alone are unknown in all others.
 *  `own` are sound, as parseOverlays gives them. */
export function createCatalogueOf(own: readonly VssSignal[], vehicles: Vehicles): CatalogueOf {
  const all = createCatalogue(own)
  if (own.every(({ models }) => models === undefined)) return () => all
  const byPaths = new Map<string, Catalogue>()
  const byFacts = new Map<VehicleFacts, Catalogue>()
  const find = (facts: VehicleFacts): Catalogue => {
    const taken = own.filter(({ models }) => models === undefined || models.some((range) => isOf(facts, range)))
    const paths = taken.map(({ path }) => path).join(' ')
    const catalogue = byPaths.get(paths) ?? createCatalogue(taken)
    byPaths.set(paths, catalogue)
    return catalogue
  }
  return (key) => {
    const facts = vehicles.of(key)
    const known = byFacts.get(facts)
    if (known !== undefined) return known
    const catalogue = find(facts)
    byFacts.set(facts, catalogue)
    return catalogue
  }
}

/** A vehicle of which the model, or the version that is asked for, is not known is none. */
const isOf = ({ model, version }: VehicleFacts, range: ModelRange): boolean =>
  model !== null &&
  matchesPattern(range.model, model) &&
  (range.version === undefined || (version !== null && matchesPattern(range.version, version)))

/** Where nothing is added. */
export const vssCatalogue: Catalogue = createCatalogue([])
