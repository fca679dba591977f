// Hosts as they stand in a URL, both ways.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostOf, hostText } from './host-text.ts'

test('an IPv6 address is in brackets, a name and an IPv4 address are as they are, and each comes back', () => {
  for (const [host, text] of [
    ['::1', '[::1]'],
    ['2001:db8::7', '[2001:db8::7]'],
    ['127.0.0.1', '127.0.0.1'],
    ['cars.example', 'cars.example'],
  ] as const) {
    assert.equal(hostText(host), text)
    assert.equal(hostOf(text), host)
  }
})
