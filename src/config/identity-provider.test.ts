import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const whole = {
  ROADSTREAM_OIDC_ISSUER: 'https://login.example/realms/fleet',
  ROADSTREAM_OIDC_CLIENT: 'roadstream',
  ROADSTREAM_OIDC_ROLES: 'admins=administrator, /depots/north=viewer@north,drivers=driver',
}

test('the identity provider is given by its issuer, our id there, and the roles of its groups', () => {
  assert.equal(providerOf({}), undefined)
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, 'a secret\n')
  const { issuer, groups, ...rest } = providerOf({ ...whole, ROADSTREAM_OIDC_SECRET_FILE: secretFile }) ?? assert.fail()
  assert.equal(issuer, whole.ROADSTREAM_OIDC_ISSUER)
  assert.deepEqual(rest, {
    clientId: 'roadstream',
    clientSecret: 'a secret',
    name: 'company account',
    groupsClaim: 'groups',
  })
  assert.deepEqual(Object.fromEntries(groups), {
    admins: [{ role: 'administrator', scope: { of: 'tenant' } }],
    '/depots/north': [{ role: 'viewer', scope: { of: 'group', group: 'north' } }],
    drivers: [{ role: 'driver', scope: { of: 'assigned' } }],
  })
})

function providerOf(settings: Readonly<Record<string, string>>) {
  const config = readConfig(settings)
  assert.ok(config.ok, config.ok ? '' : config.detail)
  return config.value.identityProvider
}

test('what is missing or wrong is told by the setting, and no secret is told', () => {
  const problemsOf = (settings: Readonly<Record<string, string>>): string => {
    const config = readConfig(settings)
    assert.ok(!config.ok)
    return config.detail
  }
  const { ROADSTREAM_OIDC_ISSUER: issuer, ...others } = whole
  assert.match(problemsOf(others), /ROADSTREAM_OIDC_CLIENT is set, and ROADSTREAM_OIDC_ISSUER is not/)
  assert.match(problemsOf({ ROADSTREAM_OIDC_ISSUER: issuer }), /OIDC_CLIENT is not set.*\n.*OIDC_ROLES is not set/)
  for (const url of [
    'http://login.example',
    'login.example',
    'https://u:p@login.example',
    'https://login.example/?a',
    'ftp://x',
  ])
    assert.match(problemsOf({ ...whole, ROADSTREAM_OIDC_ISSUER: url }), /ROADSTREAM_OIDC_ISSUER/, url)
  assert.ok(providerOf({ ...whole, ROADSTREAM_OIDC_ISSUER: 'http://127.0.0.1:9000' }))
  for (const roles of ['admins', 'admins=king', 'admins=', '=viewer', 'a=viewer@'])
    assert.match(problemsOf({ ...whole, ROADSTREAM_OIDC_ROLES: roles }), /^ROADSTREAM_OIDC_ROLES.*$/, roles)
  assert.match(
    problemsOf({ ...whole, ROADSTREAM_OIDC_SECRET_FILE: join(folder, 'none') }),
    /SECRET_FILE .* cannot be read/,
  )
})
