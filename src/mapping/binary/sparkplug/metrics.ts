// The metrics of a Sparkplug B message with their names, types and values: what a birth says once,
// and later messages leave out. Invariant: a metric is named and typed by what it says itself or by
// its birth, and else set aside.
import { put, type Branch, type Tree } from '../tree.ts'
import { typedValue, typeName, type ToldValue, type ValueReason } from './value.ts'

/** Names and types that a birth has told of its metrics; plain JSON. */
export type Born = {
  /** By name, the number of the type; 0 where none was told. */
  readonly types: Readonly<Record<string, number>>
  /** By alias in digits, the name; null for one that two metrics claim. */
  readonly aliases: Readonly<Record<string, string | null>>
  /** Of templates by name, what was told of their metrics. */
  readonly members: Readonly<Record<string, Born>>
}

export type NamedMetrics = {
  readonly metrics: readonly Branch[]
  /** Metrics that could not be taken, with its name or alias and the reason. */
  readonly setAside: readonly Branch[]
}

/** `not-born`: neither the metric nor its birth says what it is called or of which type it is. */
type MetricReason = ValueReason | 'not-born'

export function bornOf(metrics: readonly Branch[]): Born {
  const types = new Map<string, number>()
  const aliases = new Map<string, string | null>()
  const members = new Map<string, Born>()
  for (const { name, alias, datatype, templateValue } of metrics) {
    if (typeof name !== 'string') continue
    types.set(name, typeof datatype === 'number' ? datatype : 0)
    const key = aliasKey(alias)
    if (key !== undefined) aliases.set(key, aliases.has(key) && aliases.get(key) !== name ? null : name)
    if (templateValue !== undefined) members.set(name, bornOf(membersOf(templateValue)))
  }
  // These are own properties, whatever they are called.
  return {
    types: Object.fromEntries(types),
    aliases: Object.fromEntries(aliases),
    members: Object.fromEntries(members),
  }
}

export function nameMetrics(metrics: readonly Branch[], born: Born | undefined): NamedMetrics {
  const named: Branch[] = []
  const setAside: Branch[] = []
  for (const metric of metrics) {
    const name = nameOf(metric, born)
    const number = metric['datatype'] ?? own(born?.types, name)
    const told =
      name === undefined || number === undefined ? notBorn : valueOf(metric, typeName(number), own(born?.members, name))
    if (name !== undefined && 'value' in told) named.push(namedMetric(metric, name, typeName(number), told.value))
    else setAside.push(asideOf(metric, name, told))
  }
  return { metrics: named, setAside }
}

const notBorn = { reason: 'not-born' } as const

const own = <Value>(record: Readonly<Record<string, Value>> | undefined, key: string | undefined): Value | undefined =>
  record !== undefined && key !== undefined && Object.hasOwn(record, key) ? record[key] : undefined

const aliasKey = (alias: Tree | undefined): string | undefined =>
  typeof alias === 'number' || typeof alias === 'string' ? String(alias) : undefined

const nameOf = ({ name, alias }: Branch, born: Born | undefined): string | undefined =>
  typeof name === 'string' && name !== '' ? name : (own(born?.aliases, aliasKey(alias)) ?? undefined)

const asideOf = (
  { alias }: Branch,
  name: string | undefined,
  told: ToldValue | { readonly reason: MetricReason },
): Branch => ({
  ...(name === undefined ? {} : { name }),
  ...(alias === undefined ? {} : { alias }),
  ...('reason' in told ? { reason: told.reason } : {}),
})

function valueOf(metric: Branch, type: string | undefined, members: Born | undefined): ToldValue {
  const { templateValue } = metric
  if (type !== 'Template' || templateValue === undefined) return typedValue(metric, type)
  const { version, templateRef, isDefinition = false } = templateValue as Branch
  const parameters = (templateValue as Branch)['parameters'] as readonly Branch[]
  return {
    value: {
      ...(templateRef === undefined ? {} : { templateRef }),
      ...(version === undefined ? {} : { version }),
      isDefinition,
      parameters: propertiesOf(
        parameters.map(({ name }) => name),
        parameters,
      ),
      ...nameMetrics(membersOf(templateValue), members),
    },
  }
}

const membersOf = (template: Tree): readonly Branch[] => (template as Branch)['metrics'] as readonly Branch[]

function namedMetric(metric: Branch, name: string, type: string | undefined, value: Tree): Branch {
  const { timestamp, isHistorical = false, isTransient = false, properties } = metric
  return {
    name,
    ...(type === undefined ? {} : { type }),
    ...(timestamp === undefined ? {} : { timestamp }),
    value,
    isHistorical,
    isTransient,
    ...(properties === undefined ? {} : { properties: propertySet(properties as Branch) }),
  }
}

/** Keys and values are two lists; one without a counterpart is left out. */
const propertySet = ({ keys, values }: Branch): Branch =>
  propertiesOf(keys as readonly Tree[], values as readonly Branch[])

function propertiesOf(keys: readonly (Tree | undefined)[], values: readonly Branch[]): Branch {
  const properties: { [name: string]: Tree } = {}
  for (const [index, carrier] of values.entries()) {
    const key = keys[index]
    if (typeof key !== 'string') continue
    const value = propertyValue(carrier, key)
    if (value !== undefined) put(properties, key, value)
  }
  return properties
}

/** Undefined for one without a readable value. Quality, which 3.0.0 knows by name (0 bad, 192 good,
 *  500 stale), is an Int32 also where it does not say so. */
function propertyValue(carrier: Branch, key: string): Tree | undefined {
  const { propertysetValue, propertysetsValue } = carrier
  if (propertysetValue !== undefined) return propertySet(propertysetValue as Branch)
  if (propertysetsValue !== undefined)
    return ((propertysetsValue as Branch)['propertyset'] as readonly Branch[]).map(propertySet)
  const told = typedValue(carrier, key === 'Quality' ? 'Int32' : typeName(carrier['type']))
  return 'value' in told ? told.value : undefined
}
