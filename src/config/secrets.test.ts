import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { openSecrets } from './secrets.ts'

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'roadstream-secrets-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

test('a secret is made once, differs by tenant, and only its owner can read it', () => {
  using folder = temporaryFolder()
  const key = openSecrets(folder.path).fleetKey('acme')
  assert.equal(key.byteLength, 32)
  assert.deepEqual(openSecrets(folder.path).fleetKey('acme'), key)
  assert.notDeepEqual(openSecrets(folder.path).fleetKey('beta'), key)
  const secrets = join(folder.path, 'secrets')
  assert.deepEqual(readdirSync(secrets).sort(), ['fleet-acme.key', 'fleet-beta.key'])
  if (process.platform === 'win32') return
  assert.equal(statSync(secrets).mode & 0o777, 0o700)
  assert.equal(statSync(join(secrets, 'fleet-acme.key')).mode & 0o777, 0o600)
})

test('a secret that is damaged is said so and never made anew: cars hold passwords made from it', () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'secrets'))
  writeFileSync(join(folder.path, 'secrets', 'session.key'), 'short\n')
  const isDamaged = (error: unknown): boolean =>
    error instanceof Outage && error.code === 'SECRETS_UNAVAILABLE' && error.message.includes('session.key')
  assert.throws(() => openSecrets(folder.path).sessionSecret(), isDamaged)
  assert.throws(() => openSecrets(folder.path).sessionSecret(), isDamaged)
})
