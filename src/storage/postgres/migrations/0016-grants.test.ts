import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeGrant } from '../../../rights/grant.ts'
import { openFromSchema } from './schema-before.testing.ts'

test('people of one role from before have it over their whole tenant', async () => {
  const user = (id: string, role: string) => ({
    text: `insert into users (id, name, name_folded, password_hash, role, tenant) values ($1, $1, upper($1), 'h', $2, 'acme')`,
    params: [id, role],
  })
  await using storage = await openFromSchema(15, [user('ada', 'administrator'), user('bo', 'viewer')])
  assert.deepEqual(
    (await storage.users.list()).map(({ name, grants, tenant }) => [name, grants, tenant]),
    [
      ['ada', [wholeGrant('administrator')], 'acme'],
      ['bo', [wholeGrant('viewer')], 'acme'],
    ],
  )
})
