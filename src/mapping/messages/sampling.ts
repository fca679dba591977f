// The samples of what was told: the values of all signals by their rules, and the instants that
// they belong to.
import type { Catalogue } from '../../model/catalogue.ts'
import type { Sample, SignalValue } from '../../model/message.ts'
import type { SignalRule } from '../mapping.ts'
import { openValue, valueFields, type ValueReader } from '../values.ts'
import type { Fields, Told } from './fields.ts'
import { isOfEachValue, openInstants, type Instants, type ToldInstant } from './instants.ts'
import type { MessageMapping } from './message-mapping.ts'

/** `undated`: how many values have no instant. `receivedAt` is NaN for what is old. */
export type Sampling = (told: Told, receivedAt: number) => { readonly samples: Sample[]; readonly undated: number }

type Rule = { readonly places: readonly number[]; readonly read: ValueReader<Told>; readonly instants: Instants }
type Signal = {
  readonly path: string
  readonly rules: readonly Rule[]
  readonly first: Rule
  /** The place without which it is not told, so that most signals cost nothing; undefined where it
   *  may be told nevertheless. */
  readonly needs: number | undefined
}

/** Registers all fields that the rules read. */
export function openSampling(mapping: MessageMapping, fields: Fields, catalogue: Catalogue): Sampling {
  const times = [mapping.time].flat()
  const isOfEach = times.some(isOfEachValue)
  const shared = openInstants(times, fields, '')
  const signals = Object.entries(mapping.signals).map(([path, given]): Signal => {
    const rules = [given].flat().map((rule) => ({
      places: valueFields(rule).map((field) => fields.place(field)),
      read: openValue(path, rule, mapping, { access: fields.access, catalogue }),
      instants: isOfEach ? openInstants(times, fields, rule.field) : shared,
    }))
    return { path, rules, first: rules[0]!, needs: needOf([given].flat(), mapping, fields) }
  })
  return isOfEach
    ? (told, receivedAt) => sampleEach(signals, told, receivedAt)
    : (told, receivedAt) => sampleAll(signals, shared, told, receivedAt)
}

function needOf(rules: readonly SignalRule[], mapping: MessageMapping, fields: Fields): number | undefined {
  const [rule, ...more] = rules
  const isTold =
    rule === undefined ||
    more.length > 0 ||
    rule.unknownWhen !== undefined ||
    (rule.absent ?? mapping.absent) === 'unknown'
  return isTold ? undefined : fields.place(rule.field)
}

/** The first whose fields are there. */
function ruleFor({ rules, first }: Signal, { now }: Told): Rule {
  if (rules.length === 1) return first
  return rules.find(({ places }) => places.every((place) => now[place] !== undefined)) ?? first
}

function sampleAll(
  signals: readonly Signal[],
  instants: Instants,
  told: Told,
  receivedAt: number,
): ReturnType<Sampling> {
  const values: Record<string, SignalValue> = {}
  let count = 0
  const { now } = told
  for (const signal of signals) {
    if (signal.needs !== undefined && now[signal.needs] === undefined) continue
    const value = ruleFor(signal, told).read(told)
    if (value === undefined) continue
    values[signal.path] = value
    count++
  }
  if (count === 0) return { samples: [], undated: 0 }
  const instant = instants(told, receivedAt)
  return instant === undefined ? { samples: [], undated: count } : { samples: [sampleOf(instant, values)], undated: 0 }
}

function sampleEach(signals: readonly Signal[], told: Told, receivedAt: number): ReturnType<Sampling> {
  const samples = new Map<string, { readonly instant: ToldInstant; readonly values: Record<string, SignalValue> }>()
  let undated = 0
  for (const signal of signals) {
    const rule = ruleFor(signal, told)
    const value = rule.read(told)
    if (value === undefined) continue
    const instant = rule.instants(told, receivedAt)
    if (instant === undefined) {
      undated++
      continue
    }
    const key = `${instant.at} ${instant.clock}`
    const sample = samples.get(key) ?? { instant, values: {} }
    samples.set(key, sample)
    sample.values[signal.path] = value
  }
  const inOrder = [...samples.values()].toSorted((one, other) => one.instant.at - other.instant.at)
  return { samples: inOrder.map(({ instant, values }) => sampleOf(instant, values)), undated }
}

const sampleOf = ({ at, clock }: ToldInstant, signals: Record<string, SignalValue>): Sample =>
  clock === 'measured' ? { at, signals } : { at, signals, clock }
