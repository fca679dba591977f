// Files of TLS that cannot be used are named at the start, by their setting.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from '../config/config.ts'
import { bridgeServer, derivedClientId, showsPassword } from './bridge-server.ts'

type Settings = Readonly<Record<string, string>>

function bridgeOf(settings: Settings) {
  const config = readConfig({ ROADSTREAM_BRIDGE: 'mqtts://broker.example', ...settings })
  assert.ok(config.ok && config.value.bridge !== undefined)
  return config.value.bridge
}
const serverOf = (settings: Settings) => bridgeServer(bridgeOf(settings))

test('without files the public authorities are trusted', () => {
  assert.ok(serverOf({}).tls !== undefined)
  assert.equal(serverOf({ ROADSTREAM_BRIDGE: 'mqtt://broker.example' }).tls, undefined)
})

test('a file that is not there, or is no certificate, is named with its setting', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
  try {
    const file = join(folder, 'ca.pem')
    assert.throws(() => serverOf({ ROADSTREAM_BRIDGE_CA: file }), {
      code: 'BRIDGE_TLS',
      message: `ROADSTREAM_BRIDGE_CA names ${file}, which cannot be read (ENOENT).`,
    })
    writeFileSync(file, 'no certificate')
    assert.throws(() => serverOf({ ROADSTREAM_BRIDGE_CERT: file, ROADSTREAM_BRIDGE_KEY: file }), {
      code: 'BRIDGE_TLS',
      message: /they must be PEM/,
    })
    assert.throws(() => serverOf({ ROADSTREAM_BRIDGE_CA: file }), {
      code: 'BRIDGE_TLS',
      message: /ROADSTREAM_BRIDGE_CA/,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the derived client id is the same for one key, and another for another', () => {
  assert.match(derivedClientId(Buffer.alloc(32, 1)), /^roadstream-[0-9a-f]{12}$/)
  assert.equal(derivedClientId(Buffer.alloc(32, 1)), derivedClientId(Buffer.alloc(32, 1)))
  assert.notEqual(derivedClientId(Buffer.alloc(32, 1)), derivedClientId(Buffer.alloc(32, 2)))
})

test('a password in clear text is noticed, unless it stays on this machine', () => {
  const shown = (url: string): boolean =>
    showsPassword(
      bridgeOf({ ROADSTREAM_BRIDGE: url, ROADSTREAM_BRIDGE_USER: 'me', ROADSTREAM_BRIDGE_PASSWORD: 'hush' }),
    )
  assert.deepEqual(['mqtt://broker.example', 'mqtts://broker.example', 'mqtt://127.0.0.1', 'mqtt://[::1]'].map(shown), [
    true,
    false,
    false,
    false,
  ])
})
