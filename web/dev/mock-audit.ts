// Entries of the audit of the made-up API.
import { createHash } from 'node:crypto'
import type { AuditRow, AuditVerification } from '../../src/api/contract.ts'

const hashOf = (seq: number): string => createHash('sha256').update(String(seq)).digest('hex')
const ana: AuditRow['who'] = { kind: 'person', id: 'u1', name: 'Ana' }
const deeds: readonly Pick<AuditRow, 'who' | 'action' | 'target' | 'before' | 'after' | 'result' | 'reason'>[] = [
  { who: ana, action: 'sign-in', target: { kind: 'person', id: 'u1' }, ...nothingMore() },
  { who: ana, action: 'disclose-place', target: { kind: 'vehicle', id: 'car-0001' }, ...nothingMore() },
  {
    who: ana,
    action: 'change',
    target: { kind: 'vehicle', id: 'car-0001' },
    ...nothingMore(),
    before: { name: 'Van 1', tags: ['north'] },
    after: { name: 'Van of the north', tags: ['north', 'cold'] },
  },
  {
    who: { kind: 'stranger', id: '', name: 'somebody who is not known' },
    action: 'sign-in',
    target: { kind: 'person', id: '' },
    ...nothingMore(),
    result: 'refused',
    reason: 'nobody has that name',
  },
]

function nothingMore(): Pick<AuditRow, 'before' | 'after' | 'result' | 'reason'> {
  return { before: null, after: null, result: 'done', reason: null }
}

export function createMockAudit(startedAt: number) {
  const rows: readonly AuditRow[] = Array.from({ length: 120 }, (_, n) => ({
    ...(deeds[n % deeds.length] ?? deeds[0]!),
    seq: n + 1,
    hash: hashOf(n + 1),
    at: startedAt - (120 - n) * 600_000,
    from: { address: '192.0.2.7', agent: 'Firefox/140' },
  })).toReversed()
  return {
    list: (query: URLSearchParams): readonly AuditRow[] =>
      rows.filter(
        ({ action, result, who, target, reason }) =>
          [action, ''].includes(query.get('action') ?? '') &&
          [result, ''].includes(query.get('result') ?? '') &&
          `${who.name} ${target.id} ${reason}`.toLowerCase().includes((query.get('search') ?? '').toLowerCase()),
      ),
    verification: (): AuditVerification => ({
      entries: rows.length,
      removedTo: 0,
      head: { seq: rows.length, hash: hashOf(rows.length) },
      broken: null,
    }),
  }
}
