// The audit in SQL. The row of a chain's ends is locked while an entry is added, and the database
// makes the hash, so that however many processes add, every entry follows on the one before.
import {
  chainStart,
  pruningEntry,
  type ChainedEntry,
  type ChainEnds,
  type ChainPoint,
} from '../../audit/audit-chain.ts'
import { auditText, parseAuditText, searchedText, keepableText, type AuditEntry } from '../../audit/audit-entry.ts'
import { foldCase } from '../../base/fold-case.ts'
import { chainedAtOnce, type AuditFilter, type AuditStore, type KeptEntry } from '../audit-store.ts'
import { decodeCursor } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import { openConditions, type Conditions } from './sql-conditions.ts'
import type { Reports, Sql, Statement } from './sql.ts'

const hashOf = (prev: string, seq: string): string =>
  `encode(sha256(convert_to(${prev} || e'\\n' || (${seq})::text || e'\\n' || $2::text, 'UTF8')), 'hex')`

const append = (entry: AuditEntry): Statement => ({
  text: `with head as (
      insert into audit_chains as ends (tenant, base_seq, base_hash, prev, seq, hash)
      values ($1, 0, $4::text, $4::text, 1, ${hashOf('$4::text', '1')})
      on conflict (tenant) do update set prev = ends.hash, seq = ends.seq + 1, hash = ${hashOf('ends.hash', 'ends.seq + 1')}
      returning tenant, prev, seq, hash)
    insert into audit (tenant, seq, prev, hash, entry, searched)
      select tenant, seq, prev, hash, $2::text, $3::text from head returning seq, hash`,
  params: [entry.tenant, auditText(entry), searchedText(entry), chainStart.hash],
})

type EndsRow = ChainPoint & { readonly base_seq: number; readonly base_hash: string }

/** Lists are read from `reports`. */
export function openSqlAudit(sql: Sql, reports: Reports): AuditStore {
  const tenants = async (): Promise<readonly string[]> =>
    (
      await sql.query<{ readonly tenant: string }>(
        'select tenant from audit union select tenant from audit_chains order by tenant',
      )
    ).map(({ tenant }) => tenant)

  const prune = async (tenant: string, olderThan: number, now: number): Promise<number> => {
    const [through] = await sql.query<ChainPoint & { readonly count: number }>(
      `select seq, hash, (select count(*) from audit where tenant = $1 and seq <= last.seq) as count from audit as last
        where tenant = $1 and seq < coalesce(
          (select min(seq) from audit where tenant = $1 and at >= $2),
          (select max(seq) + 1 from audit where tenant = $1))
        order by seq desc limit 1`,
      [tenant, Math.ceil(olderThan)],
    )
    if (through === undefined) return 0
    await sql.transaction([
      { text: `select set_config('roadstream.audit_pruned', $1, true)`, params: [tenant] },
      append(pruningEntry(tenant, now, through)),
      { text: 'delete from audit where tenant = $1 and seq <= $2', params: [tenant, through.seq] },
      {
        text: 'update audit_chains set base_seq = $2, base_hash = $3 where tenant = $1 and base_seq < $2',
        params: [tenant, through.seq, through.hash],
      },
    ])
    return through.count
  }

  return {
    tenants,
    async append(entry) {
      const { text, params } = append(entry)
      const [point] = await sql.query<ChainPoint>(text, params)
      return point ?? chainStart
    },
    async list(tenant, filter, page) {
      const limit = pageLimit(page.limit)
      const conditions = conditionsOf(tenant, filter)
      if (page.after !== undefined) conditions.add('seq < ?', ...decodeCursor('audit', ['n'], page.after))
      const rows = await reports.query<ChainPoint & { readonly entry: string }>(
        `select seq, hash, entry from audit ${conditions.where} order by seq desc limit ${limit + 1}`,
        conditions.params,
        tenant,
      )
      const kept = rows.map(({ seq, hash, entry }): KeptEntry => ({ seq, hash, entry: parseAuditText(entry) }))
      return pageOf('audit', kept, limit, ({ seq }) => [seq])
    },
    async ends(tenant): Promise<ChainEnds | undefined> {
      const [row] = await sql.query<EndsRow>(
        'select base_seq, base_hash, seq, hash from audit_chains where tenant = $1',
        [tenant],
      )
      if (row === undefined) return undefined
      return { base: { seq: row.base_seq, hash: row.base_hash }, head: { seq: row.seq, hash: row.hash } }
    },
    after: (tenant, seq) =>
      sql.query<ChainedEntry>(
        `select seq, prev, hash, entry as text from audit where tenant = $1 and seq > $2 order by seq limit ${chainedAtOnce}`,
        [tenant, seq],
      ),
    async expire(olderThan, now) {
      let count = 0
      for (const tenant of await tenants()) count += await prune(tenant, olderThan, now)
      return count
    },
  }
}

function conditionsOf(tenant: string, filter: AuditFilter): Conditions {
  const { who, actions, targetKind, targetId, vehicleOrFleet, result, from, to, search } = filter
  return openConditions()
    .add('tenant = ?', tenant)
    .add('who = ?', who)
    .add('action in (select json_array_elements_text(?::json))', json(actions))
    .add(`(target_kind = 'fleet' or (target_kind = 'vehicle' and target_id = ?))`, kept(vehicleOrFleet))
    .add('target_kind = ?', targetKind)
    .add('target_id = ?', kept(targetId))
    .add('result = ?', result)
    .add('at >= ?', from)
    .add('at <= ?', to)
    .add('strpos(searched, ?) > 0', search === undefined ? undefined : foldCase(search))
}

const json = (value: readonly unknown[] | undefined): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value)

const kept = (text: string | undefined): string | undefined => (text === undefined ? undefined : keepableText(text))
