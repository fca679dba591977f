// Overlays: files that add signals to those of VSS, in the JSON that `vspec export json` of
// COVESA's vss-tools writes, be it of a maker's signals alone or of a whole tree. Invariant: what
// is accepted names each path once, as a signal or as a branch, and says nothing else of a signal
// of ours than we do. Every fault names file, path, field and remedy.
import { accepted, refused, type Result } from '../base/errors.ts'
import { wholeRanges } from './signal-value.ts'
import type { ModelRange } from './vehicle-kind.ts'
import {
  isSeatAirbag,
  isSignalPath,
  pathCharsMax,
  unitsBeyond,
  vssSignals,
  type VssDatatype,
  type VssSignal,
} from './vss.ts'
import { vssUnits } from './vss-units.ts'
import { keyPathText, parseWrittenJson } from './written-json.ts'

/** `models`: its signals are taken of vehicles of these models alone. */
export type OverlayFile = { readonly file: string; readonly text: string; readonly models?: ModelRange }

/** VSS itself has some 1,400 signals with all instances. */
export const overlayLimits = { signals: 20_000, allowed: 1_000, descriptionChars: 1_000 } as const

/** Faults told; a file that is something else altogether has thousands. */
const faultsMax = 20

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

const scalars = ['string', 'boolean', ...Object.keys(wholeRanges), 'float', 'double']
const datatypes: ReadonlySet<string> = new Set([...scalars, ...scalars.map((scalar) => `${scalar}[]`)])
const isDatatype = (value: unknown): value is VssDatatype =>
  typeof value === 'string' && (datatypes.has(value) || /^\w+(\.\w+)+(\[\])?$/.test(value))

const ours: ReadonlyMap<string, VssSignal> = new Map(vssSignals.map((signal) => [signal.path, signal]))

/** The signals that the files add, by path. The refusal has a line for each fault. */
export function parseOverlays(files: readonly OverlayFile[]): Result<readonly VssSignal[], 'overlay'> {
  const faults: string[] = []
  const found = new Map<string, { readonly signal: VssSignal; readonly file: string }>()
  for (const { file, text, models } of files)
    for (const read of signalsOf(text, (fault) => faults.push(`${file}: ${fault}`))) {
      const signal = models === undefined ? read : { ...read, models: [models] }
      const known = found.get(signal.path)
      const difference = known === undefined ? undefined : differenceOf(signal, known.signal)
      if (known === undefined) found.set(signal.path, { signal, file })
      else if (difference !== undefined)
        faults.push(`${file}: ${signal.path}.${difference} in ${known.file}; say it in one of them.`)
      else found.set(signal.path, { signal: ofBoth(known.signal, signal), file: known.file })
    }
  const paths = [...ours.keys(), ...found.keys()]
  const branches = new Map(paths.flatMap((path) => branchesOf(path).map((branch) => [branch, path])))
  for (const path of new Set(paths)) {
    const below = branches.get(path)
    const file = found.get(path)?.file ?? found.get(below ?? '')?.file
    if (below !== undefined)
      faults.push(`${file}: ${path} is a signal, and a branch of ${below}; give one of them another name.`)
  }
  if (found.size > overlayLimits.signals)
    faults.push(`the overlays have ${found.size} signals; leave out some: ${overlayLimits.signals} are taken.`)
  if (faults.length > 0) {
    const more = faults.length > faultsMax ? [`and ${faults.length - faultsMax} more.`] : []
    return refused('overlay', [...faults.slice(0, faultsMax), ...more].join('\n'))
  }
  const signals = [...found.values()].map(({ signal }) => signal).filter(({ path }) => !ours.has(path))
  return accepted(signals.toSorted((one, other) => (one.path < other.path ? -1 : 1)))
}

/** A signal that two files add: of the models of both, or of all where one of them is. */
function ofBoth({ models, ...signal }: VssSignal, { models: others }: VssSignal): VssSignal {
  return models === undefined || others === undefined ? signal : { ...signal, models: [...models, ...others] }
}

const branchesOf = (path: string): readonly string[] =>
  [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index))

type Complain = (fault: string) => void

function signalsOf(text: string, complain: Complain): readonly VssSignal[] {
  const written = parseWrittenJson(text)
  if ('said' in written) complain(`this is not JSON (${written.said}); write it with \`vspec export json\`.`)
  if ('twice' in written) complain(`${keyPathText(written.twice)} stands there twice; leave one of them out.`)
  if (!('json' in written)) return []
  const { json } = written
  if (!isNode(json) || !isNode(json['Vehicle'])) {
    complain('there is no branch "Vehicle" at its root; write it with `vspec export json`.')
    return []
  }
  const other = Object.keys(json).find((root) => root !== 'Vehicle' && root !== 'ComplexDataTypes')
  if (other !== undefined) complain(`${other} is another root than Vehicle, below which all paths are; leave it out.`)
  const signals: VssSignal[] = []
  readNode(json['Vehicle'], 'Vehicle', signals, complain)
  return signals
}

/** Without recursion below 16 names: a path that is longer is a fault. */
function readNode(node: unknown, path: string, signals: VssSignal[], complain: Complain): void {
  if (path !== 'Vehicle' && !isSignalPath(path))
    return complain(
      `${path.slice(0, pathCharsMax)} is no path: give up to 16 names of letters, digits and "_", ${pathCharsMax} characters in all.`,
    )
  if (!isNode(node)) return complain(`${path} is an object with "type", not ${shown(node)}.`)
  const { type } = node
  if (type === 'branch') return readBranch(node, path, signals, complain)
  if (type !== 'sensor' && type !== 'actuator' && type !== 'attribute')
    return complain(`${path}.type is ${shown(type)}; give branch, sensor, actuator or attribute.`)
  const signal = readSignal(node, type, path, complain)
  const known = ours.get(path)
  const difference = known === undefined || signal === undefined ? undefined : differenceOf(signal, known)
  if (difference !== undefined)
    complain(
      `${path}.${difference} in VSS 6.0, as cars and jobs take it here; leave the signal out, or give your own another name.`,
    )
  else if (signal !== undefined) signals.push(signal)
}

function readBranch({ children = {}, instances }: Node, path: string, signals: VssSignal[], complain: Complain): void {
  if (instances !== undefined) return complain(`${path}.instances are not spelt out; export with --expand.`)
  if (!isNode(children)) return complain(`${path}.children is an object of names, not ${shown(children)}.`)
  if (ours.has(path)) return complain(`${path}.type is branch, and a signal in VSS 6.0; give the branch another name.`)
  for (const [name, child] of Object.entries(children)) readNode(child, `${path}.${name}`, signals, complain)
}

function readSignal(node: Node, type: VssSignal['type'], path: string, complain: Complain): VssSignal | undefined {
  let isSound = true
  const fault = (field: string, remedy: string): void => {
    isSound = false
    complain(`${path}.${field} is ${shown(node[field])}; ${remedy}.`)
  }
  const { datatype, unit, min, max, description } = node
  if (node['children'] !== undefined) fault('children', 'a signal has none: give it the type branch, or leave them out')
  if (!isDatatype(datatype)) {
    fault('datatype', `give one of ${scalars.join(', ')}, with [] for lists, or the whole name of a struct`)
    return undefined
  }
  const element = datatype.replace('[]', '')
  const isNumber = element in wholeRanges || element === 'float' || element === 'double'
  if (unit !== undefined && !(typeof unit === 'string' && vssUnits.has(unit)))
    fault('unit', `give one of VSS: ${[...vssUnits].join(', ')}, or leave it out`)
  for (const [field, bound] of Object.entries({ min, max }))
    if (bound !== undefined && !(typeof bound === 'number' && isNumber))
      fault(field, isNumber ? 'give a number' : `a ${datatype} has no range: leave it out`)
  if (typeof min === 'number' && typeof max === 'number' && min > max) fault('min', `give no more than the max, ${max}`)
  const allowed = allowedOf(node, element, fault)
  if (description !== undefined && typeof description !== 'string') fault('description', 'give a text')
  if (isSeatAirbag(path) && datatype !== 'boolean')
    fault('datatype', 'the airbag of a seat is a boolean, of which crashes are told: give that')
  const read = unitsBeyond.get(path)
  if (read !== undefined && (unit !== read || !isNumber || element !== datatype))
    fault('unit', `jobs read it as a number in ${read}: give that`)
  if (!isSound) return undefined
  return {
    path,
    type,
    datatype,
    ...(typeof unit === 'string' && { unit }),
    ...(typeof min === 'number' && { min }),
    ...(typeof max === 'number' && { max }),
    ...(allowed !== undefined && { allowed }),
    ...(typeof description === 'string' && { description: description.slice(0, overlayLimits.descriptionChars) }),
    group: path.split('.').length > 2 ? (path.split('.')[1] ?? '') : 'Other',
  }
}

/** The texts of `allowed`, or of the numbers that `enum` names. */
function allowedOf(
  node: Node,
  element: string,
  fault: (field: string, remedy: string) => void,
): readonly string[] | undefined {
  const field = node['enum'] === undefined ? 'allowed' : 'enum'
  const given = field === 'enum' && isNode(node['enum']) ? Object.values(node['enum']) : node[field]
  if (given === undefined) return undefined
  const type = element === 'string' ? 'string' : element === 'boolean' ? undefined : 'number'
  const isSound =
    Array.isArray(given) &&
    given.length > 0 &&
    given.length <= overlayLimits.allowed &&
    given.every((value) => typeof value === type)
  if (!isSound)
    fault(
      field,
      type === undefined
        ? 'a boolean is true or false: leave it out'
        : `give 1 to ${overlayLimits.allowed} values of the datatype`,
    )
  return isSound ? given.map(String) : undefined
}

/** The property of a signal that is said otherwise than it is known, such as
 *  `unit is "km", and "m"`. Descriptions, and whether a signal can be set, may differ. */
function differenceOf(signal: VssSignal, known: VssSignal): string | undefined {
  for (const field of ['datatype', 'unit', 'min', 'max', 'allowed'] as const) {
    const [one, other] = [signal, known].map((of) => shown(field === 'allowed' ? of.allowed?.toSorted() : of[field]))
    if (one !== other) return `${field} is ${one}, and ${other}`
  }
  return undefined
}

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : (JSON.stringify(value)?.slice(0, 200) ?? typeof value)
