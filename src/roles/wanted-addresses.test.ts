import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { readConfig, type Config } from '../config/config.ts'
import { addressFaults, wantedAddresses } from './wanted-addresses.ts'

const host = '127.0.0.1'

/** A program that listens somewhere until it is disposed of. */
async function openOther(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

function config(settings: Readonly<Record<string, string>>): Config {
  const read = readConfig(settings)
  assert.ok(read.ok, read.ok ? '' : read.detail)
  return read.value
}

test('each command listens where its settings say, behind another broker not for cars', () => {
  const settingsOf = (command: Parameters<typeof wantedAddresses>[1], given: Readonly<Record<string, string>> = {}) =>
    wantedAddresses(config(given), command).map(({ setting, port }) => `${setting} ${port}`)
  assert.deepEqual(settingsOf('start'), ['ROADSTREAM_MQTT 1883', 'ROADSTREAM_HTTP 8080'])
  assert.deepEqual(settingsOf('start', { ROADSTREAM_BRIDGE: 'mqtt://broker.example' }), ['ROADSTREAM_HTTP 8080'])
  assert.deepEqual(settingsOf('gateway', { ROADSTREAM_MQTT: 'none', ROADSTREAM_MQTT_WS: '127.0.0.1:8083' }), [
    'ROADSTREAM_MQTT_WS 8083',
    'ROADSTREAM_METRICS 9464',
  ])
  assert.deepEqual(settingsOf('jobs'), ['ROADSTREAM_METRICS 9464'])
  assert.deepEqual(settingsOf('api'), ['ROADSTREAM_HTTP 8080'])
  const http = { listen: { host, port: 8090 }, proofs: new Map() }
  const teltonika = { listen: { host, port: 5027 }, trackers: new Map() }
  const bridged = config({ ROADSTREAM_BRIDGE: 'mqtt://broker.example' })
  const behind = {
    ...bridged,
    publishers: { mappings: [], senders: new Map(), asksForRebirths: false, http, teltonika },
  }
  for (const [command, isWanted] of [
    ['start', true],
    ['gateway', true],
    ['jobs', false],
    ['api', false],
  ] as const)
    assert.deepEqual(
      wantedAddresses(behind, command).flatMap(({ setting, port }) =>
        /PUBLISHERS|TELTONIKA/.test(setting) ? [`${setting} ${port}`] : [],
      ),
      isWanted ? ['ROADSTREAM_PUBLISHERS_HTTP 8090', 'ROADSTREAM_TELTONIKA 5027'] : [],
    )
})

test('addresses that can be had, or any free port, have no fault and are let go again', async () => {
  const wanted = [
    { setting: 'ROADSTREAM_MQTT', host, port: 0 },
    { setting: 'ROADSTREAM_HTTP', host, port: 0 },
  ]
  assert.equal(await addressFaults(wanted, 'npm start'), undefined)
  const other = await openOther()
  await other[Symbol.asyncDispose]()
  const given = [{ setting: 'ROADSTREAM_HTTP', host, port: other.port }]
  assert.equal(await addressFaults(given, 'npm start'), undefined)
  assert.equal(await addressFaults(given, 'npm start'), undefined)
})

test('all addresses in use are told at once, each with its setting and a free port that can be had', async () => {
  await using one = await openOther()
  await using other = await openOther()
  const fault = await addressFaults(
    [
      { setting: 'ROADSTREAM_MQTT', host, port: one.port },
      { setting: 'ROADSTREAM_MQTT_WS', host, port: 0 },
      { setting: 'ROADSTREAM_HTTP', host, port: other.port },
    ],
    'npm start',
  )
  const lines = fault?.split('\n') ?? []
  assert.equal(lines.length, 4)
  assert.match(lines[0] ?? '', /cannot listen on 2 addresses/)
  assert.match(
    lines[1] ?? '',
    new RegExp(
      `ROADSTREAM_MQTT is ${host}:${one.port}, .*end that program or choose another port, such as ROADSTREAM_MQTT=`,
    ),
  )
  assert.match(lines[2] ?? '', new RegExp(`ROADSTREAM_HTTP is ${host}:${other.port}, .*ROADSTREAM_HTTP=`))
  const again =
    /^With free ports: {2}ROADSTREAM_MQTT=127\.0\.0\.1:(\d+) ROADSTREAM_HTTP=127\.0\.0\.1:(\d+) npm start$/.exec(
      lines[3] ?? '',
    )
  assert.ok(again, fault)
  const examples = [again[1], again[2]].map((port) => ({ setting: 'ROADSTREAM_HTTP', host, port: Number(port) }))
  assert.equal(await addressFaults(examples, 'npm start'), undefined)
})

test('one fault is one line; an address of another machine, and one that two settings have, are told as such', async () => {
  const foreign = await addressFaults([{ setting: 'ROADSTREAM_HTTP', host: '192.0.2.1', port: 8080 }], 'npm start')
  assert.match(
    foreign ?? '',
    /^cannot listen: ROADSTREAM_HTTP is 192\.0\.2\.1:8080: this machine does not have that address/,
  )
  const place = await openOther()
  await place[Symbol.asyncDispose]()
  const twice = await addressFaults(
    ['ROADSTREAM_MQTT', 'ROADSTREAM_HTTP'].map((setting) => ({ setting, host, port: place.port })),
    'npm start',
  )
  assert.match(
    twice ?? '',
    /^cannot listen: ROADSTREAM_HTTP is .*, and so is ROADSTREAM_MQTT: choose another port, such as ROADSTREAM_HTTP=[^\n]*$/,
  )
})
