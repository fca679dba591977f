// The vehicle against real servers: our gateway on the memory log, and Mosquitto where it is
// installed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { noMosquitto, openMosquitto } from '../../test/engines/mosquitto.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { openGatewayStore } from '../gateway/gateway-store.ts'
import { openGateway, type Gateway } from '../gateway/gateway.ts'
import { vehicleAdmission } from '../gateway/admission/vehicle-admission.ts'
import { parseMessage } from '../model/message-codec.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { openVehicle, type Vehicle } from './vehicle.ts'

const fleetKey = Buffer.alloc(32, 7)
const at = Date.UTC(2026, 0, 1)
const limits = { reconnectMinMs: 1, reconnectMaxMs: 20 }
const openLog = (): ReturnType<typeof openMemoryLog> => openMemoryLog({ partitions: 4 })
const openTestGateway = ({ log, state }: ReturnType<typeof openLog>, port = 0): Promise<Gateway> =>
  openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port }],
    store: openGatewayStore({ log, state }),
    admission: vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) }),
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })

function openCar(port: number, index: number, more: Partial<Parameters<typeof openVehicle>[0]> = {}): Vehicle {
  const ref = { tenant: 'acme', vehicle: `car-${index}` }
  return openVehicle({
    url: `mqtt://127.0.0.1:${port}`,
    ref,
    password: vehiclePassword(fleetKey, ref),
    limits,
    ...more,
  })
}

async function storedSeqs(log: ReturnType<typeof openLog>['log']): Promise<Map<string, Set<number>>> {
  const seqs = new Map<string, Set<number>>()
  for (const { key, value } of await readWhole(log, 'telemetry')) {
    const message = parseMessage(value)
    assert.ok(message.ok)
    const set = seqs.get(key) ?? new Set()
    seqs.set(key, set.add(message.value.seq))
  }
  return seqs
}

test('through tunnels and a gateway that goes and comes back, every message of every car is stored', async () => {
  const kept = openLog()
  const { log } = kept
  await using stack = new AsyncDisposableStack()
  const first = stack.use(await openTestGateway(kept))
  const cars = Array.from({ length: 20 }, (_, index) => stack.use(openCar(first.port, index)))
  for (let seq = 0; seq < 60; seq++) {
    for (const [index, car] of cars.entries()) {
      car.send('telemetry', { samples: [{ at: at + seq * 1000, signals: { 'Vehicle.Speed': seq } }] })
      if ((seq + index) % 15 === 0) car.setNetwork(false)
      if ((seq + index) % 15 === 3) car.setNetwork(true)
    }
    await new Promise(setImmediate)
    if (seq === 30) {
      await first[Symbol.asyncDispose]()
      stack.use(await openTestGateway(kept, first.port))
    }
  }
  for (const car of cars) car.setNetwork(true)
  for (const car of cars) assert.equal(await car.flush(20_000), true)
  for (const car of cars) {
    const { sent, acknowledged } = car.stats
    assert.deepEqual([sent, acknowledged], [60, 60])
  }
  const seqs = await storedSeqs(log)
  assert.deepEqual([seqs.size, ...new Set([...seqs.values()].map(({ size }) => size))], [20, 60])
})

test('a command waits in the gateway for a car in a tunnel, and a wrong password keeps a car out', async () => {
  const kept = openLog()
  await using gateway = await openTestGateway(kept)
  const { promise: online, resolve: isOnline } = Promise.withResolvers<void>()
  const { promise: command, resolve: gotCommand } = Promise.withResolvers<string>()
  await using car = openCar(gateway.port, 1, {
    onDown: (channel, payload) => gotCommand(`${channel} ${Buffer.from(payload).toString()}`),
    onState: (state) => {
      if (state === 'online') isOnline()
    },
  })
  await online
  car.send('telemetry', { samples: [{ at, signals: {} }] })
  assert.equal(await car.flush(10_000), true)
  car.setNetwork(false)
  while (gateway.connectionCount() > 0) await new Promise(setImmediate)
  await gateway.publish('v1/acme/car-1/down/command', Buffer.from('{"lock":true}'), { qos: 1, expiryS: 60 })
  car.setNetwork(true)
  assert.equal(await command, 'command {"lock":true}')
  const { promise: waiting, resolve: isWaiting } = Promise.withResolvers<void>()
  await using stranger = openCar(gateway.port, 2, {
    password: 'not-the-one',
    onState: (state) => {
      if (state === 'waiting') isWaiting()
      assert.notEqual(state, 'online')
    },
  })
  await waiting
  assert.equal(stranger.stats.acknowledged, 0)
})

test('what is no message by the rules of the model is refused, counted, and not sent again', async () => {
  const kept = openLog()
  await using gateway = await openTestGateway(kept)
  await using car = openCar(gateway.port, 1)
  // A list whose JSON is empty, as a program without types may hand it over.
  car.send('telemetry', { samples: Object.assign([{ at, signals: {} }], { toJSON: () => [] }) })
  car.send('telemetry', { samples: [{ at, signals: { 'Vehicle.Speed': 1 } }] })
  assert.equal(await car.flush(10_000), true)
  const { acknowledged, refused } = car.stats
  assert.deepEqual([acknowledged, refused], [1, 1])
})

test('Mosquitto takes it all, through a kill of the broker', { skip: noMosquitto }, async () => {
  await using broker = await openMosquitto()
  const got: string[] = []
  await using car = openCar(broker.port, 1, {
    onDown: (_channel, payload) => void got.push(Buffer.from(payload).toString()),
  })
  for (let seq = 0; seq < 500; seq++)
    car.send('telemetry', { samples: [{ at: at + seq, signals: { 'Vehicle.Speed': seq } }] })
  assert.equal(await car.flush(10_000), true)
  await broker.stop('SIGKILL')
  for (let seq = 0; seq < 500; seq++)
    car.send('telemetry', { samples: [{ at: at + seq, signals: { 'Vehicle.Speed': seq } }] })
  await broker.start()
  assert.equal(await car.flush(10_000), true)
  assert.equal(car.stats.acknowledged, 1000)
})
