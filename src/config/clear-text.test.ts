import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carsInClear, peopleInClear } from './clear-text.ts'
import { readConfig, type Config } from './config.ts'

function configOf(settings: Readonly<Record<string, string>>): Config {
  const config = readConfig(settings)
  assert.ok(config.ok)
  return config.value
}

test('cars that come without TLS from beyond this machine are noticed, unless a proxy or a broker brings them', () => {
  const tls = { ROADSTREAM_MQTTS: '0.0.0.0:8883', ROADSTREAM_TLS_CERT: 'a.pem', ROADSTREAM_TLS_KEY: 'a.key' }
  const open = { ROADSTREAM_MQTT: '0.0.0.0:1883', ROADSTREAM_MQTT_WS: '[::]:8083' }
  assert.deepEqual(carsInClear(configOf(tls)), [])
  assert.deepEqual(carsInClear(configOf({ ...tls, ...open })), ['mqtt://0.0.0.0:1883', 'ws://[::]:8083/mqtt'])
  assert.deepEqual(carsInClear(configOf({ ROADSTREAM_MQTT: 'localhost:1883', ROADSTREAM_MQTT_WS: '[::1]:8083' })), [])
  assert.deepEqual(carsInClear(configOf({ ...open, ROADSTREAM_PROXY_FROM: '10.0.0.7' })), [])
  assert.deepEqual(carsInClear(configOf({ ROADSTREAM_MQTT: '0.0.0.0:1883', ROADSTREAM_BRIDGE: 'mqtt://broker' })), [])
})

test('people who sign in without TLS from beyond this machine are noticed, unless a proxy speaks TLS with them', () => {
  assert.equal(peopleInClear(configOf({})), false)
  assert.equal(peopleInClear(configOf({ ROADSTREAM_HTTP: '0.0.0.0:8080' })), true)
  assert.equal(
    peopleInClear(configOf({ ROADSTREAM_HTTP: '0.0.0.0:8080', ROADSTREAM_HTTP_URL: 'http://fleet.example' })),
    true,
  )
  assert.equal(
    peopleInClear(configOf({ ROADSTREAM_HTTP: '0.0.0.0:8080', ROADSTREAM_HTTP_URL: 'https://fleet.example' })),
    false,
  )
})
