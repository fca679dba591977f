// Ports for what the tests start again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from './port.testing.ts'

test('a free port is none that a system gives to outgoing connections, as it comes', async () => {
  const ports = await Promise.all(Array.from({ length: 500 }, freePort))
  assert.deepEqual(
    ports.filter((port) => port < 1024 || port >= 32_768),
    [],
  )
  assert.equal(new Set(ports).size, ports.length, 'no two are the same')
})
