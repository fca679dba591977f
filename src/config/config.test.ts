import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { logBytesMax } from '../eventlog/log-limits.ts'
import { defaultLimits } from '../gateway/gateway-limits.ts'
import { g, usualThresholds } from '../jobs/crash/thresholds.ts'
import { clockAheadMs } from '../model/car-clock.ts'
import { carsUrl } from './cars-url.ts'
import { readConfig, settingsHelp } from './config.ts'
import { assertRefused } from './refusals.testing.ts'

test('without any setting everything has a value and binds to loopback', () => {
  const config = readConfig({})
  assert.ok(config.ok)
  assert.equal(config.value.transports.mqtt?.host, '127.0.0.1')
  assert.equal(config.value.http.listen.host, '127.0.0.1')
  assert.equal(config.value.log.bytesMax, 64e9)
})

test('all that is wrong is shown together, each with its setting and the remedy', () => {
  const config = readConfig({
    ROADSTREAM_MQTT: 'nowhere',
    ROADSTREAM_LOG_PARTITIONS: '0',
    ROADSTREAM_LOG_RETENTION: '7 days',
    ROADSTREAM_COLOUR: 'red',
  })
  assert.ok(!config.ok)
  const lines = config.detail.split('\n')
  assert.equal(lines.length, 4)
  for (const part of [
    'ROADSTREAM_COLOUR: there is no such setting',
    'ROADSTREAM_MQTT is "nowhere": give host:port',
    'ROADSTREAM_LOG_PARTITIONS is "0": give a whole number from 1 to 256',
    'ROADSTREAM_LOG_RETENTION is "7 days": give a time',
  ])
    assert.ok(
      lines.some((line) => line.startsWith(part)),
      `${part}: ${config.detail}`,
    )
})

test('raw messages are looked up in the log where it is embedded and keeps them for as long', () => {
  const kafka = { ROADSTREAM_KAFKA: '127.0.0.1:9092' }
  const long = { ROADSTREAM_MESSAGES_RETENTION: '30d', ROADSTREAM_LOG_RETENTION: '7d' }
  for (const [given, store] of [
    [{}, 'log'],
    [kafka, 'documents'],
    [{ ...kafka, ROADSTREAM_MESSAGES: 'log' }, 'log'],
    [long, 'documents'],
    [{ ...long, ROADSTREAM_LOG_RETENTION: '30d' }, 'log'],
    [{ ROADSTREAM_MESSAGES: 'documents' }, 'documents'],
  ] as const) {
    const config = readConfig(given)
    assert.ok(config.ok, JSON.stringify(given))
    assert.equal(config.value.messages.store, store, JSON.stringify(given))
  }
  const refused = readConfig({ ...long, ROADSTREAM_MESSAGES: 'log' })
  assert.ok(!refused.ok)
  assert.match(
    refused.detail,
    /^ROADSTREAM_MESSAGES_RETENTION is longer than ROADSTREAM_LOG_RETENTION, .* ROADSTREAM_MESSAGES=documents$/,
  )
})

test('a setting that is wrong has no fault after it of what it would have to be less than', () => {
  for (const given of [{ ROADSTREAM_LOG_MAX: '10' }, { ROADSTREAM_CRASH_READING: '60 g' }]) {
    const config = readConfig(given)
    assert.ok(!config.ok)
    assert.equal(config.detail.split('\n').length, 1, config.detail)
  }
})

test('a data folder that is no name is refused like any other setting', () => {
  const config = readConfig({ ROADSTREAM_DATA: ' ' })
  assert.ok(!config.ok)
  assert.equal(config.detail, 'ROADSTREAM_DATA is " ": give a folder')
})

test('the default of each limit that can be set is that of the slice that keeps it', () => {
  const config = readConfig({})
  assert.ok(config.ok)
  const { gateway, log, clockAheadMs: aheadMs } = config.value
  assert.equal(log.bytesMax, logBytesMax)
  assert.deepEqual(
    gateway.rates,
    Object.fromEntries(
      Object.keys(gateway.rates).map((name) => [name, defaultLimits[name as keyof typeof gateway.rates]]),
    ),
  )
  assert.equal(aheadMs, clockAheadMs)
})

test('rows are kept for ever, unless a time of a day at least is given', () => {
  const usual = readConfig({})
  assert.ok(usual.ok)
  assert.deepEqual(usual.value.retention, { trips: undefined, tracks: undefined, audit: undefined, alerts: undefined })
  const given = readConfig({ ROADSTREAM_TRACKS_RETENTION: '90d', ROADSTREAM_ALERTS_RETENTION: 'none' })
  assert.ok(given.ok)
  assert.deepEqual(given.value.retention, {
    trips: undefined,
    tracks: 90 * 86_400_000,
    audit: undefined,
    alerts: undefined,
  })
  const short = readConfig({ ROADSTREAM_TRIPS_RETENTION: '23h' })
  assert.ok(!short.ok)
  assert.match(short.detail, /^ROADSTREAM_TRIPS_RETENTION is "23h": give a time from 1d to 3650d: /)
})

test('settings that contradict each other, and times beyond what a timer takes, are refused', () => {
  const topic = readConfig({ ROADSTREAM_LOG_MAX: '10 GB' })
  assert.ok(!topic.ok && topic.detail.startsWith('ROADSTREAM_LOG_TOPIC_MAX is more than half of ROADSTREAM_LOG_MAX'))
  assert.ok(readConfig({ ROADSTREAM_LOG_MAX: '10 GB', ROADSTREAM_LOG_TOPIC_MAX: '5 GB' }).ok)
  // setTimeout takes 24 days at most and fires at once beyond.
  const drain = readConfig({ ROADSTREAM_DRAIN: '25d' })
  assert.ok(!drain.ok && drain.detail.includes('give a time from 1s to 1h'))
})

test('what belongs to TLS, WebSocket and proxies goes together, or is refused with what is missing', () => {
  const tls = { ROADSTREAM_TLS_CERT: 'a.pem', ROADSTREAM_TLS_KEY: 'a.key' }
  const config = readConfig({
    ...tls,
    ROADSTREAM_MQTT: 'none',
    ROADSTREAM_MQTTS: '0.0.0.0:8883',
    ROADSTREAM_MQTT_WSS: '[::]:8084',
    ROADSTREAM_TLS_CLIENT_CA: 'ca.pem',
    ROADSTREAM_TLS_CLIENTS: 'optional',
    ROADSTREAM_PROXY_FROM: '10.0.0.7, fd00::/8',
    ROADSTREAM_MQTT_WS_ORIGINS: 'https://fleet.example',
  })
  assert.ok(config.ok)
  assert.equal(config.value.transports.mqtt, undefined)
  assert.equal(carsUrl(config.value), 'mqtts://0.0.0.0:8883')
  assert.deepEqual(config.value.transports, {
    mqtt: undefined,
    mqtts: { host: '0.0.0.0', port: 8883 },
    ws: undefined,
    wss: { host: '::', port: 8084 },
    tls: { certFile: 'a.pem', keyFile: 'a.key', clientCaFile: 'ca.pem', clientCertificate: 'optional' },
    proxyFrom: ['10.0.0.7', 'fd00::/8'],
    origins: ['https://fleet.example'],
  })
  for (const [given, ...problems] of [
    [{ ROADSTREAM_MQTTS: '0.0.0.0:8883' }, 'ROADSTREAM_TLS_CERT is needed', 'ROADSTREAM_TLS_KEY is needed'],
    [
      tls,
      'ROADSTREAM_TLS_CERT is set, and nothing listens with TLS',
      'ROADSTREAM_TLS_KEY is set, and nothing listens with TLS',
    ],
    [
      { ...tls, ROADSTREAM_MQTTS: '[::1]:0', ROADSTREAM_TLS_CLIENT_CRL: 'x' },
      'ROADSTREAM_TLS_CLIENT_CRL needs the authority it is of',
    ],
    [
      { ...tls, ROADSTREAM_MQTTS: '[::1]:0', ROADSTREAM_TLS_CLIENTS: 'required' },
      'ROADSTREAM_TLS_CLIENTS is set, and no authority says',
    ],
    [{ ROADSTREAM_TLS_CLIENTS: 'always' }, 'ROADSTREAM_TLS_CLIENTS is "always": give required or optional'],
    [
      { ROADSTREAM_BRIDGE: 'mqtt://broker', ROADSTREAM_MQTT_WS: '[::1]:0' },
      'ROADSTREAM_MQTT_WS is set, and so is ROADSTREAM_BRIDGE',
    ],
    [
      { ROADSTREAM_BRIDGE: 'mqtt://broker', ROADSTREAM_PROXY_FROM: '::1' },
      'ROADSTREAM_PROXY_FROM is set, and so is ROADSTREAM_BRIDGE',
    ],
    [{ ROADSTREAM_MQTT: 'none' }, 'ROADSTREAM_MQTT is none, and nothing else listens for cars'],
    [
      { ROADSTREAM_PROXY_FROM: 'proxy.example' },
      'ROADSTREAM_PROXY_FROM is "proxy.example": give addresses or networks',
    ],
    [
      { ROADSTREAM_MQTT_WS_ORIGINS: 'https://fleet.example/' },
      'ROADSTREAM_MQTT_WS_ORIGINS is "https://fleet.example/": give origins',
    ],
    [
      { ROADSTREAM_MQTT_WS_ORIGINS: 'https://fleet.example' },
      'ROADSTREAM_MQTT_WS_ORIGINS is set, and nothing listens for WebSockets',
    ],
  ] as const) {
    assertRefused(given, problems)
  }
})

test('the address of the dashboard and the proxies before it are given as such, or refused', () => {
  const config = readConfig({
    ROADSTREAM_HTTP_URL: 'https://fleet.example:8443',
    ROADSTREAM_HTTP_PROXY_FROM: '10.0.0.7,fd00::/8',
  })
  assert.ok(config.ok)
  assert.equal(config.value.http.publicUrl, 'https://fleet.example:8443')
  assert.deepEqual(config.value.http.trustedProxies, ['10.0.0.7', 'fd00::/8'])
  const none = readConfig({})
  assert.ok(none.ok)
  assert.deepEqual([none.value.http.publicUrl, none.value.http.trustedProxies], [undefined, []])
  for (const url of [
    'fleet.example',
    'https://fleet.example/',
    'https://fleet.example/dashboard',
    'ftp://fleet.example',
    'https://me:x@fleet.example',
  ]) {
    const refused = readConfig({ ROADSTREAM_HTTP_URL: url })
    assert.ok(!refused.ok && refused.detail.includes('give http(s)://host'), url)
  }
})

test('origins of other pages are given exactly as browsers say them, or refused', () => {
  const config = readConfig({ ROADSTREAM_HTTP_ORIGINS: 'https://reports.example,http://localhost:5173' })
  assert.ok(config.ok)
  assert.deepEqual(config.value.http.origins, ['https://reports.example', 'http://localhost:5173'])
  for (const origin of [
    '*',
    'null',
    'https://*.example',
    'https://reports.example/',
    'https://Reports.example',
    'https://reports.example:443',
    'reports.example',
    'https://a.example, https://b.example',
    'file:///tmp',
  ]) {
    const refused = readConfig({ ROADSTREAM_HTTP_ORIGINS: origin })
    assert.ok(!refused.ok && refused.detail.includes('give each as http(s)://host'), origin)
  }
})

test('the environment wins over the settings file, and an unknown name in the file is refused', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'roadstream-')), 'settings.json')
  writeFileSync(path, JSON.stringify({ ROADSTREAM_TENANT: 'from-file', ROADSTREAM_DRAIN: '20s' }))
  const config = readConfig({ ROADSTREAM_SETTINGS: path, ROADSTREAM_TENANT: 'from-environment' })
  assert.ok(config.ok)
  assert.equal(config.value.tenant, 'from-environment')
  assert.equal(config.value.drainTimeoutMs, 20_000)
  writeFileSync(path, JSON.stringify({ ROADSTREAM_TENNANT: 'x' }))
  const mistyped = readConfig({ ROADSTREAM_SETTINGS: path })
  assert.ok(
    !mistyped.ok && mistyped.detail.includes('ROADSTREAM_TENNANT in the settings file: there is no such setting'),
  )
})

test('a settings file that is not there or not JSON is a problem that names it', () => {
  const config = readConfig({ ROADSTREAM_SETTINGS: '/nonexistent/settings.json' })
  assert.ok(!config.ok && config.detail.includes('/nonexistent/settings.json'))
})

test('the help names every setting with its default', () => {
  assert.match(settingsHelp(), /ROADSTREAM_HTTP +where people and programs connect \(127\.0\.0\.1:8080\)/)
})

test('a bridge is given by its URL; a password is never repeated', () => {
  const plain = readConfig({
    ROADSTREAM_BRIDGE: 'mqtt://broker.example',
    ROADSTREAM_BRIDGE_USER: 'me',
    ROADSTREAM_BRIDGE_PASSWORD: 'hush',
  })
  assert.ok(plain.ok)
  assert.deepEqual(plain.value.bridge?.url, { isTls: false, host: 'broker.example', port: 1883 })
  assert.deepEqual(
    [plain.value.bridge.group, plain.value.bridge.clientId, plain.value.bridge.connections],
    ['roadstream', undefined, 1],
  )
  const tls = readConfig({ ROADSTREAM_BRIDGE: 'mqtts://[::1]/' })
  assert.ok(tls.ok)
  assert.deepEqual(tls.value.bridge?.url, { isTls: true, host: '::1', port: 8883 })
  assert.equal(readConfig({}).ok && readConfig({ ROADSTREAM_BRIDGE: '' }).ok, true)
  for (const url of [
    'mqtt://me:hush@broker.example',
    'http://hush',
    'hush',
    'mqtt://broker/hush',
    'mqtt://broker:0',
    'mqtt://hush:99999',
  ]) {
    const config = readConfig({ ROADSTREAM_BRIDGE: url })
    assert.ok(!config.ok && config.detail.startsWith('ROADSTREAM_BRIDGE: '), url)
    assert.equal(config.detail.includes('hush'), false, config.detail)
  }
})

test('settings of a bridge that contradict each other are refused together', () => {
  const config = readConfig({
    ROADSTREAM_BRIDGE: 'mqtt://broker',
    ROADSTREAM_BRIDGE_CA: 'ca.pem',
    ROADSTREAM_BRIDGE_KEY: 'key.pem',
    ROADSTREAM_BRIDGE_PASSWORD: 'hush',
    ROADSTREAM_BRIDGE_GROUP: '',
    ROADSTREAM_BRIDGE_CONNECTIONS: '2',
  })
  assert.ok(!config.ok)
  for (const part of [
    'ROADSTREAM_BRIDGE_CA goes with TLS',
    'go together: give both',
    'needs a user',
    'give ROADSTREAM_BRIDGE_GROUP',
  ])
    assert.ok(config.detail.includes(part), part)
  const without = readConfig({ ROADSTREAM_BRIDGE_USER: 'me' })
  assert.ok(!without.ok && without.detail.includes('ROADSTREAM_BRIDGE is not: name the broker there'))
})

test('the gateway has as many threads as are asked for, and by itself one for every four processors', () => {
  const threads = (given: Record<string, string>): number | undefined => {
    const config = readConfig(given)
    return config.ok ? config.value.gateway.threads : undefined
  }
  assert.equal(threads({ ROADSTREAM_GATEWAY_THREADS: '1' }), 1)
  assert.equal(threads({}), threads({ ROADSTREAM_GATEWAY_THREADS: 'auto' }))
  assert.ok((threads({}) ?? 0) >= 1)
  for (const wrong of ['0', '17', '1.5', 'many'])
    assert.equal(threads({ ROADSTREAM_GATEWAY_THREADS: wrong }), undefined)
  const kafka = { ROADSTREAM_KAFKA: 'kafka-1:9092' }
  assert.equal(threads(kafka), 1)
  const several = readConfig({ ...kafka, ROADSTREAM_GATEWAY_THREADS: '2' })
  assert.ok(!several.ok && several.detail.includes('ROADSTREAM_GATEWAY_THREADS is 2, and with ROADSTREAM_KAFKA'))
})

test('what counts as part of a crash is the usual where nothing is set, is given with its unit, and may not contradict itself', () => {
  const usual = readConfig({})
  assert.ok(usual.ok)
  assert.deepEqual(usual.value.crash, usualThresholds)
  const config = readConfig({
    ROADSTREAM_CRASH_PULSE: '6.5 g',
    ROADSTREAM_CRASH_SEVERE: '30km/h',
    ROADSTREAM_CRASH_SILENCE: '2m',
    ROADSTREAM_CRASH_ROTATION: '150 deg/s',
  })
  assert.ok(config.ok)
  assert.deepEqual(config.value.crash, {
    ...usualThresholds,
    pulseMs2: 6.5 * g,
    severeKmh: 30,
    silentS: 120,
    rotationDegS: 150,
  })
  for (const [setting, given, problem] of [
    ['PULSE', '6.5', 'give a value from 1 to 100 g, such as 4 g'],
    ['PULSE', '0.5 g', 'give a value from 1 to 100 g, such as 4 g'],
    ['DELTA_V', '8 m/s', 'give a value from 3 to 100 km/h, such as 8 km/h'],
    ['READING', '5 g', 'ROADSTREAM_CRASH_READING is above ROADSTREAM_CRASH_PULSE: give a lesser value for the first'],
    ['SPEED_LOSS', '20 km/h', 'ROADSTREAM_CRASH_FULL_BRAKE is above ROADSTREAM_CRASH_SPEED_LOSS'],
  ] as const) {
    const refused = readConfig({ [`ROADSTREAM_CRASH_${setting}`]: given })
    assert.ok(!refused.ok && refused.detail.includes(problem), `${setting} ${given}`)
  }
})

test('a URL of a bridge that is wrong is the only fault of what goes with it', () => {
  const senders = join(mkdtempSync(join(tmpdir(), 'roadstream-')), 'senders.json')
  writeFileSync(senders, '{"ovms":{}}')
  const config = readConfig({
    ROADSTREAM_BRIDGE: 'mqtt://me:hush@broker.example',
    ROADSTREAM_BRIDGE_USER: 'me',
    ROADSTREAM_HOMEASSISTANT: 'on',
    ROADSTREAM_MAPPINGS: 'ovms',
    ROADSTREAM_SENDERS: senders,
  })
  assert.ok(!config.ok)
  assert.match(config.detail, /^ROADSTREAM_BRIDGE: name the user in ROADSTREAM_BRIDGE_USER and .*$/)
})

test('Home Assistant is told of vehicles by the broker of the bridge alone', () => {
  const on = { ROADSTREAM_HOMEASSISTANT: 'on' }
  const alone = readConfig(on)
  assert.ok(
    !alone.ok &&
      alone.detail.startsWith('ROADSTREAM_HOMEASSISTANT is on, and ROADSTREAM_BRIDGE names no broker: name there'),
  )
  const bridged = readConfig({ ...on, ROADSTREAM_BRIDGE: 'mqtt://broker.example' })
  assert.ok(bridged.ok && bridged.value.homeAssistant)
  const without = readConfig({ ROADSTREAM_BRIDGE: 'mqtt://broker.example' })
  assert.ok(without.ok && !without.value.homeAssistant)
})
