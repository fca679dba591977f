import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerUrlOf } from './broker-url.ts'

const of = (text: string) => brokerUrlOf(URL.parse(text))

test('a server is named by its scheme and host, and by the usual port where it says none', () => {
  assert.deepEqual(of('mqtt://broker.example'), { isTls: false, host: 'broker.example', port: 1883 })
  assert.deepEqual(of('mqtts://broker.example/'), { isTls: true, host: 'broker.example', port: 8883 })
  assert.deepEqual(of('mqtts://[::1]:4000'), { isTls: true, host: '::1', port: 4000 })
})

test('another scheme, no host and no URL name no server', () => {
  for (const text of ['http://broker.example', 'mqtt:///path', 'broker.example', 'mqtt://broker:port', ''])
    assert.equal(of(text), undefined, text)
})
