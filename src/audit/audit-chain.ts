// The chain of a tenant's entries: each has the hash of the one before, so that none can be
// changed, removed or put in between without all after it being made anew. Entries up to the base
// were removed because of their age, which an entry that is kept says.
//
//   base (seq n, hash) ← entry n+1 ← entry n+2 ← … ← head
import { createHash } from 'node:crypto'
import { auditEntry, parseAuditText, type AuditEntry } from './audit-entry.ts'

export type ChainPoint = {
  /** Of its tenant: 1, 2, 3 and so on; 0 before the first. */
  readonly seq: number
  /** SHA-256 in lower-case hex. */
  readonly hash: string
}

/** The first entry follows on this. */
export const chainStart: ChainPoint = { seq: 0, hash: '0'.repeat(64) }

/** An entry as it is kept. */
export type ChainedEntry = ChainPoint & {
  /** The hash of the entry before. */
  readonly prev: string
  readonly text: string
}

/** The hash of an entry: of the lines prev, seq and text. Databases make it by the same rule. */
export const chainHash = (prev: string, seq: number, text: string): string =>
  createHash('sha256').update(`${prev}\n${seq}\n${text}`).digest('hex')

export const chainedAfter = (before: ChainPoint, text: string): ChainedEntry => {
  const seq = before.seq + 1
  return { seq, prev: before.hash, hash: chainHash(before.hash, seq, text), text }
}

/** The ends of a tenant's chain, kept beside the entries. */
export type ChainEnds = { readonly base: ChainPoint; readonly head: ChainPoint }

export type ChainSource = {
  /** Undefined where there is none. */
  ends(tenant: string): Promise<ChainEnds | undefined>
  /** The entries after that one, oldest first, some at a time; none at the end. */
  after(tenant: string, seq: number): Promise<readonly ChainedEntry[]>
}

export type ChainVerdict =
  | {
      readonly isWhole: true
      /** Entries that were looked at. */
      readonly entries: number
      readonly ends: ChainEnds
    }
  | {
      readonly isWhole: false
      /** The first entry that is not as it was, or is not there. */
      readonly seq: number
      readonly reason: string
    }

/** Looks at every entry of a tenant's chain, also while others are added and old ones removed.
 *  `expected`: the hash of an entry, kept elsewhere, which must be in the chain. */
export async function verifyChain(source: ChainSource, tenant: string, expected?: string): Promise<ChainVerdict> {
  for (;;) {
    const ends = (await source.ends(tenant)) ?? { base: chainStart, head: chainStart }
    const verdict = await walk(source, tenant, ends, expected)
    if (verdict.isWhole) return verdict
    const now = await source.ends(tenant)
    // Old entries were removed meanwhile: those that are missing may be they.
    if (now === undefined || now.base.seq === ends.base.seq) return verdict
  }
}

async function walk(
  source: ChainSource,
  tenant: string,
  { base, head: headBefore }: ChainEnds,
  expected: string | undefined,
): Promise<ChainVerdict> {
  let last: ChainPoint = base
  let head = headBefore
  let isPruningTold = base.seq === chainStart.seq && base.hash === chainStart.hash
  let isExpectedSeen = expected === undefined || expected === base.hash
  for (;;) {
    const some = await source.after(tenant, last.seq)
    for (const each of some) {
      const fault = faultOf(each, last, tenant)
      if (fault !== undefined) return broken(fault.seq, fault.reason)
      isPruningTold ||= tellsPruning(parseAuditText(each.text), base)
      isExpectedSeen ||= each.hash === expected
      last = each
    }
    if (some.length > 0) continue
    if (last.seq < head.seq) return broken(last.seq + 1, `it and all to ${head.seq} are missing at the end`)
    head = (await source.ends(tenant))?.head ?? chainStart
    if (head.seq <= last.seq) break
  }
  if (head.seq !== last.seq || head.hash !== last.hash)
    return broken(last.seq, `the end that is kept beside the entries is another (${head.seq}, ${head.hash})`)
  if (!isPruningTold) return broken(base.seq, 'entries up to it are gone, and no entry says that they were removed')
  if (!isExpectedSeen)
    return broken(last.seq, 'no entry has the hash that was expected: entries were made anew, or removed')
  return { isWhole: true, entries: last.seq - base.seq, ends: { base, head } }
}

const broken = (seq: number, reason: string): ChainVerdict => ({ isWhole: false, seq, reason })

function faultOf(
  { seq, prev, hash, text }: ChainedEntry,
  last: ChainPoint,
  tenant: string,
): { readonly seq: number; readonly reason: string } | undefined {
  const wanted = last.seq + 1
  if (seq !== wanted) {
    const others = seq - 1 > wanted ? ` and all to ${seq - 1} are` : ' is'
    return { seq: wanted, reason: `it${others} missing` }
  }
  if (prev !== last.hash) return { seq, reason: 'it does not follow on the entry before' }
  if (hash !== chainHash(prev, seq, text)) return { seq, reason: 'it was changed' }
  return parseAuditText(text).tenant === tenant ? undefined : { seq, reason: 'it is of another tenant' }
}

/** The entry that tells of the removal of all entries up to a point, which it keeps. */
export const pruningEntry = (tenant: string, at: number, through: ChainPoint): AuditEntry =>
  auditEntry({
    at,
    tenant,
    who: { kind: 'system', id: 'retention', name: 'Retention' },
    action: 'prune',
    target: { kind: 'audit', id: tenant },
    after: { through: through.seq, sha256: through.hash },
    from: { address: null, agent: null },
    reason: 'they were older than entries are kept',
  })

const tellsPruning = ({ action, after }: AuditEntry, base: ChainPoint): boolean =>
  action === 'prune' && after?.['through'] === base.seq && after['sha256'] === base.hash
