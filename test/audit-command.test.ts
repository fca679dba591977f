// The audit held against its chain from the machine itself, beside a system that runs: whole, and
// after somebody with the database's password has laid hands on it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { chainHash } from '../src/audit/audit-chain.ts'
import { silentLogger } from '../src/base/logger.ts'
import { outage } from '../src/storage/projection.contract.ts'
import { reachServer } from '../src/storage/postgres/embedded/running-server.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import { openSqlAudit } from '../src/storage/postgres/sql-audit.ts'
import { signIn } from './support/api-client.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'

test('every change to entries is found, and the first that is not as it was is named', async () => {
  using folder = temporaryFolder()
  const verify = (...args: string[]) => runCommand(['audit', 'verify', ...args], { ROADSTREAM_DATA: folder.path })
  await using system = await startSystem({ dataDir: folder.path })
  const { cookie, url } = await signIn(system.setupUrl ?? '')
  for (let n = 0; n < 6; n++)
    await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ada', password: `wrong ${n}` }),
    })
  const whole = await verify()
  assert.equal(whole.code, 0, whole.stderr)
  const [, entries, head = ''] =
    /^demo: (\d+) entries are as they were written\. Newest: \d+ (\w{64})\n$/.exec(whole.stdout) ?? []
  assert.ok(Number(entries) >= 8, whole.stdout)
  assert.equal((await verify('--expect', head)).code, 0)
  assert.equal((await verify('--expect', 'x')).code, 2)

  using server = reachServer(join(folder.path, 'postgres'))
  await using sql = openPgSql({ server: server.address, logger: silentLogger })
  await assert.rejects(sql.query('delete from audit where seq = 3'), outage('STORE_UNAVAILABLE'))
  await assert.rejects(sql.query(`update audit set hash = 'x'`), outage('STORE_UNAVAILABLE'))
  await sql.query('alter table audit disable trigger audit_stays')
  await sql.query('create table audit_before as select tenant, seq, prev, hash, entry, searched from audit')
  await sql.query('create table chains_before as select * from audit_chains')
  const columns = 'tenant, seq, prev, hash, entry, searched'
  /** The tables as they were, with these changes. */
  const after = async (...changes: readonly string[]) => {
    await sql.transaction(
      [
        'delete from audit',
        `insert into audit (${columns}) select ${columns} from audit_before`,
        'delete from audit_chains',
        'insert into audit_chains select * from chains_before',
        ...changes,
      ].map((text) => ({ text })),
    )
    return verify()
  }
  const last = Number(entries)
  const found: readonly (readonly [wanted: RegExp, ...changes: string[]])[] = [
    [
      /^demo: entry 4 .* it was changed\.\n$/,
      `update audit set entry = replace(entry, 'refused', 'done') where seq = 4`,
    ],
    [/^demo: entry 3 .* it and all to 4 are missing\.\n$/, 'delete from audit where seq in (3, 4)'],
    [
      /^demo: entry 3 .* it was changed\.\n$/,
      `update audit a set entry = b.entry from audit_before b where (a.seq, b.seq) in ((3, 4), (4, 3))`,
    ],
    [/^demo: entry 1 .* it is missing\.\n$/, 'delete from audit where seq = 1'],
    [
      new RegExp(`^demo: entry ${last} .* it and all to ${last} are missing at the end\\.\n$`),
      `delete from audit where seq = ${last}`,
    ],
    [
      /^demo: entry 2 .* no entry says that they were removed\.\n$/,
      'delete from audit where seq <= 2',
      'update audit_chains set base_seq = 2, base_hash = (select hash from audit_before where seq = 2)',
    ],
    [/^demo: entry 1 .* it and all to \d+ are missing at the end\.\n$/, 'delete from audit'],
    [/^demo: entry \d+ .* the end that is kept beside the entries is another/, 'delete from audit_chains'],
  ]
  for (const [wanted, ...changes] of found) {
    const { code, stderr, stdout } = await after(...changes)
    assert.equal(code, 1, `${changes.join(';')}\n${stdout}`)
    assert.match(stderr, wanted)
  }

  // The end cut off with the end that is kept beside it: only who kept the hash elsewhere sees it.
  const cut = `update audit_chains set (seq, hash, prev) = (select seq, hash, prev from audit_before where seq = ${last - 1})`
  assert.equal((await after(`delete from audit where seq = ${last}`, cut)).code, 0)
  assert.match((await verify('--expect', head)).stderr, /no entry has the hash that was expected/)
  assert.equal((await after()).code, 0)

  const store = openSqlAudit(sql, sql)
  const [first] = await store.after('demo', 0)
  assert.equal(first?.hash, chainHash(first?.prev ?? '', 1, first?.text ?? ''))
  await sql.query('alter table audit enable trigger audit_stays')
  assert.ok((await store.expire(Date.now() + 1, Date.now() + 2)) >= last)
  assert.match((await verify()).stdout, new RegExp(`^demo: \\d entries .* those to \\d+ were removed`))
  assert.ok(cookie.length > 0)
})
