// The audit as it is read: pages, files, verification, and who looked at a vehicle.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainHash, chainStart } from '../../audit/audit-chain.ts'
import { auditEntry, type NewAuditEntry } from '../../audit/audit-entry.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { AuditRow, AuditVerification, DisclosureRow, Listing } from '../contract.ts'
import { fillStorage } from '../rows.testing.ts'

const entry = (more: Partial<NewAuditEntry> = {}) =>
  auditEntry({
    at: fixtureNow,
    tenant: 'ours',
    who: { kind: 'person', id: 'bo', name: 'Bo' },
    action: 'change',
    target: { kind: 'vehicle', id: 'car-1' },
    from: { address: null, agent: null },
    ...more,
  })

async function open() {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('vic', 'ours', 'viewer')
  await fixture.addUser('one', 'ours', [{ role: 'viewer', scope: { of: 'vehicle', vehicle: 'car-1' } }])
  await fixture.addUser('gru', 'ours', [{ role: 'administrator', scope: { of: 'vehicle', vehicle: 'car-1' } }])
  await fixture.addUser('eve', 'theirs')
  const as = async (name: string) => {
    const cookie = await fixture.signIn(name)
    return (path: string) => fixture.get(`/api/v1/${path}`, { cookie })
  }
  return { ...fixture, storage, as }
}

test('the audit is for who may see it over the whole tenant, and of that tenant alone', async () => {
  await using fixture = await open()
  for (const name of ['vic', 'gru']) {
    const get = await fixture.as(name)
    for (const path of ['audit', 'audit/export', 'audit/verification'])
      assert.equal((await get(path)).statusCode, 403, `${name} ${path}`)
  }
  const get = await fixture.as('eve')
  const { rows } = (await get('audit')).json<Listing<AuditRow>>()
  assert.deepEqual(
    rows.map(({ who, action }) => `${who.name} ${action}`),
    ['eve sign-in'],
  )
})

test('pages and filters give each entry once, with what it was before and after', async () => {
  await using fixture = await open()
  for (let n = 0; n < 5; n++)
    await fixture.storage.audit.append(entry({ before: { n }, after: { n: n + 1, tags: ['a', 'b'] } }))
  await fixture.storage.audit.append(entry({ action: 'export', reason: 'For the tax office' }))
  const get = await fixture.as('ana')
  const seen: AuditRow[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const query: string = `action=change&limit=2${next === '' ? '' : `&after=${next}`}`
    const page: Listing<AuditRow> = (await get(`audit?${query}`)).json()
    seen.push(...page.rows)
    next = page.next
  }
  assert.deepEqual(
    seen.map(({ before }) => before?.['n']),
    [4, 3, 2, 1, 0],
  )
  assert.deepEqual(seen[0]?.after, { n: 5, tags: ['a', 'b'] })
  const found = (await get('audit?search=TAX%20off&who=bo&target=car-1')).json<Listing<AuditRow>>()
  assert.deepEqual(
    found.rows.map(({ action }) => action),
    ['export'],
  )
  assert.equal((await get(`audit?from=${fixtureNow + 1}`)).json<Listing<AuditRow>>().rows.length, 0)
})

test('a file of more than a page has every entry, its hashes can be made anew, and it is told of', async () => {
  await using fixture = await open()
  for (let n = 0; n < 1203; n++) await fixture.storage.audit.append(entry({ after: { n } }))
  const get = await fixture.as('ana')
  const file = await get('audit/export?format=ndjson')
  assert.equal(file.headers['content-type'], 'application/x-ndjson')
  const lines = file.body.trimEnd().split('\n').toReversed()
  assert.equal(lines.length, 1205)
  let prev = chainStart.hash
  for (const line of lines) {
    const [, seq, hash = '', text = ''] = /^\{"seq":(\d+),"hash":"(\w+)","entry":(.*)\}$/.exec(line) ?? []
    assert.equal(hash, chainHash(prev, Number(seq), text))
    prev = hash
  }
  assert.match(lines.at(-1) ?? '', /"action":"export".*"after":\{"format":"ndjson"\}/)
})

test('no cell of a table is a formula, and quotes and breaks stay within their cell', async () => {
  await using fixture = await open()
  const names = ['=cmd|calc', '+1', '-1', '@SUM(A1)', '\tx', 'a "b", c', 'two\r\nlines']
  for (const name of names) await fixture.storage.audit.append(entry({ who: { kind: 'program', id: 'p', name } }))
  const get = await fixture.as('ana')
  const { body, headers } = await get('audit/export?who=p')
  assert.match(String(headers['content-disposition']), /^attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"$/)
  const quoted = [`"'=cmd|calc"`, `"'+1"`, `"'-1"`, `"'@SUM(A1)"`, `"'\tx"`, '"a ""b"", c"', '"two\r\nlines"']
  for (const cell of quoted) assert.ok(body.includes(`,program,p,${cell},change,`), cell)
  assert.equal(/,[=+@\t]/.test(body), false)
})

test('verification names the first entry that is not as it was', async () => {
  await using fixture = await open()
  for (let n = 0; n < 3; n++) await fixture.storage.audit.append(entry())
  const get = await fixture.as('ana')
  const whole = (await get('audit/verification')).json<AuditVerification>()
  assert.deepEqual([whole.entries, whole.removedTo, whole.head?.seq, whole.broken], [4, 0, 4, null])
  const { after } = fixture.storage.audit
  Object.assign(fixture.storage.audit, {
    after: async (tenant: string, seq: number) =>
      (await after(tenant, seq)).map((each) => (each.seq === 2 ? { ...each, text: `${each.text} ` } : each)),
  })
  const broken = (await get('audit/verification')).json<AuditVerification>()
  assert.deepEqual(broken, { entries: null, removedTo: null, head: null, broken: { seq: 2, reason: 'it was changed' } })
})

test('a vehicle tells those who see it who looked at it, or at the fleet, and those who do not nothing', async () => {
  await using fixture = await open()
  const vic = await fixture.as('vic')
  for (const path of ['vehicles/car-1/track', 'vehicles/car-2/track', 'vehicles']) await vic(path)
  const get = await fixture.as('one')
  const { rows } = (await get('vehicles/car-1/disclosures')).json<Listing<DisclosureRow>>()
  assert.deepEqual(
    rows.map(({ who, what, of }) => `${who.name} ${what} ${of}`),
    ['vic places fleet', 'vic places vehicle'],
  )
  assert.equal((await get('vehicles/car-2/disclosures')).statusCode, 404)
})
