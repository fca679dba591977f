import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback } from './loopback.ts'

test('addresses of this machine are told from all others, however they are written', () => {
  for (const own of ['localhost', '127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(own), own)
  for (const other of ['', '0.0.0.0', '::', '10.0.0.1', '127.example.org', '::ffff:10.0.0.1', 'localhost.example.org'])
    assert.ok(!isLoopback(other), other)
})
