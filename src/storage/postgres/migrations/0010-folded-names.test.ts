// A database of the schema before, which told names apart by the capital letters of ASCII alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../base/logger.ts'
import { outage } from '../../projection.contract.ts'
import { foldNames } from '../fold-names.ts'
import { migrate } from '../migrate.ts'
import { openPgliteSql } from '../pglite-sql.ts'
import { migrations } from '../sql-storage.ts'
import { openFromSchema } from './schema-before.testing.ts'

const user = (id: string, name: string) => ({
  text: `insert into users (id, name, password_hash, role, tenant) values ($1, $2, 'h', 'viewer', 'acme')`,
  params: [id, name],
})

test('users from before are found in any case; two whose names fold alike each by the own name', async () => {
  await using storage = await openFromSchema(9, [
    user('u1', 'Ada'),
    user('u2', 'Ünal'),
    user('u3', 'ünal'),
    user('u4', 'Weiß'),
  ])
  const idOf = async (name: string) => (await storage.users.findByName(name))?.id
  const asked = ['ADA', 'WEISS', 'Ünal', 'ünal', 'ÜNAL', 'unal']
  assert.deepEqual(await Promise.all(asked.map(idOf)), ['u1', 'u4', 'u2', 'u3', 'u2', undefined])
  const another = { id: 'u5', name: 'üNAL', passwordHash: 'h', identity: null, grants: [], tenant: 'acme' }
  await assert.rejects(storage.users.add(another), outage('USER_EXISTS'))
  assert.equal(await storage.users.count(), 4)
})

test('done again, also where a user was made in between, nobody loses a name', async () => {
  await using sql = await openPgliteSql({ logger: silentLogger })
  await migrate(sql, migrations.slice(0, 10))
  const folded = async () => await sql.query('select id, name_folded as folded from users order by id')
  for (const { text, params } of [user('u2', 'Ünal'), user('u3', 'ünal')]) await sql.query(text, params)
  await foldNames(sql)
  const { text, params } = user('u1', 'ÜNAL')
  await sql.query(text, params)
  await foldNames(sql)
  assert.deepEqual(await folded(), [
    { id: 'u1', folded: null },
    { id: 'u2', folded: 'ÜNAL' },
    { id: 'u3', folded: null },
  ])
})
