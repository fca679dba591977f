// Messages of Sparkplug B in their order (Eclipse Sparkplug 3.0.0, sections 4, 5 and 6): what a
// birth said of names, types and aliases is remembered for the data that follow.
//
//   NBIRTH ──► DBIRTH of each device ──► NDATA, DDATA … ──► DDEATH · NDEATH: nothing holds any more
//     └─ forgets all births of the node before it
//
// Invariants: data whose birth is not known are refused, never guessed; a birth that cannot be read
// ends what the one before it said; what is remembered is bounded.
import { accepted, refused, type Result } from '../../../base/errors.ts'
import { decodeBinary } from '../decode-binary.ts'
import type { BinaryReason, Branch, Tree } from '../tree.ts'
import { bornOf, nameMetrics, type Born } from './metrics.ts'
import type { Lack } from './rebirth.ts'

/** The memory of one edge node, the group and node of its topics; plain JSON, stored by the
 *  caller. */
export type SparkplugMemory = {
  /** By device; the node's own by "". */
  births?: Births
  /** Of the last message in order. */
  seq?: number
  /** The number that ties a death to its birth. */
  bdSeq?: Tree
  /** Messages that were missed by seq and may come yet (rebirth.ts). */
  lack?: Lack
}

type Births = readonly (readonly [device: string, born: Born])[]

export type SparkplugReason =
  | BinaryReason
  /** Data of a node or device whose birth was not heard. */
  | 'no-birth'
  /** A topic of Sparkplug that says nothing of a vehicle: commands, STATE. */
  | 'not-read'

/** Of a node and its devices together, names and aliases: what is remembered stays some hundred
 *  kilobytes. */
const entriesMax = 20_000
const nameCharsMax = 400_000
const devicesMax = 256

const seqs = 256
const rebirth = 'ROADSTREAM_SPARKPLUG_REBIRTH=on asks for it (NCMD Node Control/Rebirth); else start the node again.'

/** The message as a tree: `kind` (NBIRTH, DDATA …), `group`, `node`, `device`, `timestamp` of
 *  sending, `seq`; `metrics`, each with `name`, `type`, `timestamp`, `value` (null: unknown),
 *  `isHistorical`, `isTransient` and its `properties`; `setAside`, metrics that could not be read,
 *  with a `reason`; `missed`, how many messages of the node lack before this one, and `isLate`,
 *  this one came after a later; `rebirth`, whether a rebirth should be asked for; of a NDEATH
 *  `isCurrent`, false for one of an earlier connection, which means nothing. */
export function readSparkplug(
  memory: SparkplugMemory,
  topic: string,
  bytes: Uint8Array,
): Result<Branch, SparkplugReason> {
  const address = parseTopic(topic)
  if (address === undefined) return refused('not-read', 'not a birth, death or data topic of spBv1.0')
  const payload = decodePayload(bytes)
  if (!payload.ok) {
    if (address.kind !== 'NDATA' && address.kind !== 'DDATA') forget(memory, address.device)
    return payload
  }
  const tree = payload.value
  const metrics = tree['metrics'] as readonly Branch[]
  if (address.kind === 'NDEATH') return accepted(nodeDied(memory, address, tree, metrics))
  if (address.kind === 'NBIRTH') nodeBorn(memory, metrics)
  const order = keepSeq(memory, tree)
  const born = bornFor(memory, address, metrics)
  if (!born.ok) return born
  const named = nameMetrics(metrics, born.value)
  const isUnborn = address.kind.endsWith('DATA') && named.setAside.some(({ reason }) => reason === 'not-born')
  return accepted({ ...headOf(address, tree), ...named, ...order, rebirth: isUnborn || order.missed > 0 })
}

function decodePayload(bytes: Uint8Array): Result<Branch, BinaryReason> {
  const decoded = decodeBinary('sparkplug-b', bytes)
  if (!decoded.ok) return decoded
  const { tree } = decoded.value
  return tree['uuid'] === 'SPBV1.0_COMPRESSED'
    ? refused(
        'unknown-codec',
        'metrics are compressed within the payload, which Sparkplug 3.0.0 does not know. Switch compression off in the publisher.',
      )
    : accepted(tree)
}

type Address = { readonly kind: string; readonly group: string; readonly node: string; readonly device?: string }

/** Of a birth, death or data message; undefined for any other topic. */
export function parseTopic(topic: string): Address | undefined {
  const [namespace, group, kind, node, device, ...rest] = topic.split('/')
  if (namespace !== 'spBv1.0' || !group || kind === undefined || !node || rest.length > 0) return undefined
  if (!/^[ND](?:BIRTH|DATA|DEATH)$/.test(kind)) return undefined
  if (kind.startsWith('N')) return device === undefined ? { kind, group, node } : undefined
  return device ? { kind, group, node, device } : undefined
}

/** The births that name the metrics of this message: of a birth itself, which is remembered. */
function bornFor(
  memory: SparkplugMemory,
  address: Address,
  metrics: readonly Branch[],
): Result<Born | undefined, SparkplugReason> {
  const { kind, group, node, device = '' } = address
  const births = memory.births ?? []
  if (kind === 'DDEATH') {
    forget(memory, device)
    return accepted(undefined)
  }
  if (kind.endsWith('BIRTH')) {
    const born = bornOf(metrics)
    const others = births.filter(([of]) => of !== device)
    const all: Births = [...others, [device, born]]
    const isBearable = !isTooMuch(all)
    memory.births = isBearable ? all : others
    return isBearable
      ? accepted(born)
      : refused(
          'too-many',
          `more than ${devicesMax} devices, ${entriesMax} names and aliases, or ${nameCharsMax} characters of names in one edge node`,
        )
  }
  const born = births.find(([of]) => of === device)?.[1]
  if (born !== undefined) return accepted(born)
  const birth = device === '' ? `NBIRTH of ${group}/${node}` : `DBIRTH of ${group}/${node}/${device}`
  return refused('no-birth', `${kind} before the ${birth} was heard, which names and types its metrics. ${rebirth}`)
}

function isTooMuch(births: Births): boolean {
  let entries = 0
  let chars = 0
  const weigh = ({ types, aliases, members }: Born): void => {
    const names = [...Object.keys(types), ...Object.values(aliases)]
    entries += names.length
    for (const name of names) chars += name?.length ?? 0
    for (const born of Object.values(members)) weigh(born)
  }
  for (const [device, born] of births) {
    chars += device.length
    weigh(born)
  }
  return births.length > devicesMax || entries > entriesMax || chars > nameCharsMax
}

function nodeBorn(memory: SparkplugMemory, metrics: readonly Branch[]): void {
  forget(memory)
  const bdSeq = bdSeqOf(metrics)
  if (bdSeq !== undefined) memory.bdSeq = bdSeq
}

/** A NDEATH that the broker sends for a connection that has long been followed by another is known
 *  by its bdSeq. */
function nodeDied(memory: SparkplugMemory, address: Address, tree: Branch, metrics: readonly Branch[]): Branch {
  const bdSeq = bdSeqOf(metrics)
  const isCurrent = bdSeq === undefined || memory.bdSeq === undefined || bdSeq === memory.bdSeq
  if (isCurrent) forget(memory)
  return { ...headOf(address, tree), metrics: [], setAside: [], isCurrent }
}

/** Forgets what a device's birth said, or that of a node and all of its devices. */
function forget(memory: SparkplugMemory, device?: string): void {
  if (device !== undefined) {
    memory.births = (memory.births ?? []).filter(([of]) => of !== device)
    return
  }
  delete memory.births
  delete memory.seq
  delete memory.bdSeq
  delete memory.lack
}

function bdSeqOf(metrics: readonly Branch[]): Tree | undefined {
  const metric = metrics.find(({ name }) => name === 'bdSeq')
  return metric?.['longValue'] ?? metric?.['intValue']
}

const headOf = ({ kind, group, node, device }: Address, { timestamp, seq }: Branch): Branch => ({
  kind,
  group,
  node,
  ...(device === undefined ? {} : { device }),
  ...(timestamp === undefined ? {} : { timestamp }),
  ...(seq === undefined ? {} : { seq }),
})

/** `seq` counts all messages of a node, from any number that its birth has, 0 to 255 and round. A
 *  number that is behind by less than half of that came late. */
function keepSeq(memory: SparkplugMemory, { seq }: Branch): { readonly missed: number; readonly isLate: boolean } {
  if (typeof seq !== 'number' || seq >= seqs) return { missed: 0, isLate: false }
  const ahead = memory.seq === undefined ? 0 : (seq - memory.seq - 1 + seqs) % seqs
  const isLate = ahead >= seqs / 2
  if (!isLate) memory.seq = seq
  return { missed: isLate ? 0 : ahead, isLate }
}
