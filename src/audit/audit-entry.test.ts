import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditEntry, auditLimits, type AuditFacts, type NewAuditEntry } from './audit-entry.ts'

const entryOf = (facts: AuditFacts, more: Partial<NewAuditEntry> = {}) =>
  auditEntry({
    at: 1,
    tenant: 'acme',
    who: { kind: 'person', id: 'u1', name: 'Ada' },
    action: 'change',
    target: { kind: 'person', id: 'u2' },
    from: { address: null, agent: null },
    after: facts,
    ...more,
  })

test('a field that is called like a secret is blanked, whatever compiler let it through', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as JavaScript or a wider type would
  const facts = {
    passwordHash: 'h',
    clientSecret: 's',
    api_token: 't',
    private_key: 'k',
    note: 'n',
    hasPassword: true,
  } as unknown as AuditFacts
  assert.deepEqual(entryOf(facts).after, {
    passwordHash: '(not kept)',
    clientSecret: '(not kept)',
    api_token: '(not kept)',
    private_key: '(not kept)',
    note: 'n',
    hasPassword: true,
  })
  // @ts-expect-error -- the compiler refuses it already
  assert.deepEqual(entryOf({ newPassword: 'p' }).after, { newPassword: '(not kept)' })
})

test('texts, lists and states of any size are cut, and numbers that JSON has not are texts', () => {
  const { after, reason, from } = entryOf(
    { long: 'x'.repeat(9999), many: Array.from({ length: 999 }, (_, n) => n), much: Infinity, zero: -0 },
    { reason: 'y'.repeat(9999), from: { address: '::1', agent: 'z'.repeat(9999) } },
  )
  assert.equal(String(after?.['long']).length, auditLimits.charsMax)
  assert.equal(
    Object.values(after ?? {})[1]
      ?.toString()
      .split(',').length,
    auditLimits.valuesMax,
  )
  assert.deepEqual([after?.['much'], Object.is(after?.['zero'], 0)], ['Infinity', true])
  assert.deepEqual([reason?.length, from.agent?.length], [auditLimits.charsMax, auditLimits.agentCharsMax])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no field of it is called like a secret
  const wide = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`f${n}`, n])) as unknown as AuditFacts
  assert.equal(Object.keys(entryOf(wide).after ?? {}).length, auditLimits.fieldsMax)
})
