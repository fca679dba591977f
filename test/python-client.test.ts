// The Python client (clients/python): its own tests, and what it promises against our gateway.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { vehicleAdmission } from '../src/gateway/admission/vehicle-admission.ts'
import { openTestGateway } from '../src/gateway/gateway.testing.ts'
import { makeTestCertificates } from '../src/gateway/transport/certificates.testing.ts'
import { parseMessage } from '../src/model/message-codec.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { pythonMissing, runPython, startPythonCar } from './support/python-car.ts'
import { temporaryFolder } from './support/running-system.ts'

const skip = pythonMissing
const fleetKey = Buffer.alloc(32, 7)
const ref = { tenant: 'acme', vehicle: 'car-1' }
const password = vehiclePassword(fleetKey, ref)
const admission = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })
const limits = { reconnect_min_s: 0.001, reconnect_max_s: 0.01 }
const at = Date.UTC(2026, 0, 1)
const sample = (speed: number) => ({ samples: [{ at, signals: { 'Vehicle.Speed': speed } }] })

test('the Python client: its own tests', { skip }, async () => {
  const { code, stderr } = await runPython(['-m', 'unittest'])
  assert.equal(code, 0, stderr)
  assert.match(stderr, /Ran \d+ tests/)
})

test(
  'the Python client: its messages are stored, its commands reach it, and its buffer is empty after',
  { skip },
  async () => {
    await using it = await openTestGateway({ admission })
    const url = `mqtt://127.0.0.1:${it.port}`
    await using car = startPythonCar({ ...ref, url, password, limits })
    const burst = { at, every: 10, signals: { 'Vehicle.Acceleration.Lateral': [0.1, null, 0.3] } }
    car.say({ send: ['telemetry', sample(63.2)] })
    car.say({ send: ['telemetry', { burst }] })
    car.say({ send: ['critical', { event: 'airbag-deployed', at, data: { row: 1 } }] })
    car.say({ flush: 20 })
    const { flushed, stats } = await car.next('flushed')
    assert.deepEqual([flushed, stats?.['acknowledged'], stats?.['pending']], [true, 3, 0])
    const messages = (await it.stored('telemetry')).map(({ value }) => parseMessage(value))
    assert.deepEqual(
      messages.map(
        (message) =>
          message.ok && [
            message.value.seq,
            'samples' in message.value && message.value.samples.map((each) => each.at - at),
          ],
      ),
      [
        [0, [0]],
        [1, [0, 10, 20]],
      ],
    )
    assert.equal((await it.stored('critical')).length, 1)
    await it.gateway.publish('v1/acme/car-1/down/command', Buffer.from('{"do":"it"}'), { qos: 1 })
    assert.deepEqual((await car.next('down')).down, ['command', '{"do":"it"}'])
  },
)

test(
  'the Python client: a certificate in place of a password; a server that another authority signed is told nothing',
  { skip },
  async () => {
    using files = makeTestCertificates()
    using strangers = makeTestCertificates()
    using folder = temporaryFolder()
    const tls = {
      certFile: files.certFile,
      keyFile: files.keyFile,
      clientCaFile: files.caFile,
      clientCertificate: 'optional' as const,
    }
    await using it = await openTestGateway({ admission, listeners: [{ kind: 'tls', host: '127.0.0.1', port: 0, tls }] })
    const own = files.vehicle('acme/car-1')
    const [cert, key] = [join(folder.path, 'car.pem'), join(folder.path, 'car.key')]
    writeFileSync(cert, own.cert)
    writeFileSync(key, own.key)
    const options = { ...ref, url: `mqtts://127.0.0.1:${it.port}`, cert, key, limits }
    {
      await using car = startPythonCar({ ...options, ca: files.caFile })
      car.say({ send: ['telemetry', sample(1)] })
      car.say({ flush: 20 })
      assert.equal((await car.next('flushed')).flushed, true)
    }
    await using car = startPythonCar({ ...options, ca: strangers.caFile })
    while ((await car.next('state')).state !== 'waiting') continue
    car.say({ flush: 0 })
    assert.match((await car.next('flushed')).trouble ?? '', /unreachable: .*certificate/i)
    assert.equal((await it.stored('telemetry')).length, 1)
  },
)

test(
  'the Python client: a wrong password is told as trouble, and what was sent waits for the next run',
  { skip },
  async () => {
    await using it = await openTestGateway({ admission })
    using folder = temporaryFolder()
    const options = { ...ref, url: `mqtt://127.0.0.1:${it.port}`, folder: folder.path, limits }
    {
      await using car = startPythonCar({ ...options, password: 'wrong' })
      car.say({ send: ['event', { event: 'sos', at }] })
      while ((await car.next('state')).state !== 'waiting') continue
      car.say({ flush: 0 })
      const { trouble, stats } = await car.next('flushed')
      assert.match(trouble ?? '', /^refused: /)
      assert.equal(stats?.['pending'], 1)
    }
    await using car = startPythonCar({ ...options, password })
    car.say({ flush: 20 })
    assert.equal((await car.next('flushed')).flushed, true)
    assert.equal((await it.stored('event')).length, 1)
  },
)

test(
  'the Python client: its command line sends a line as a message and tells which line is none',
  { skip },
  async () => {
    await using it = await openTestGateway({ admission })
    const args = ['-m', 'roadstream', 'send', '--url', `mqtt://127.0.0.1:${it.port}`, '--vehicle', 'acme/car-1']
    const good = [{ at, signals: { 'Vehicle.Speed': 1 } }, sample(2), { event: 'sos', at }].map((line) =>
      JSON.stringify(line),
    )
    const run = await runPython([...args, '--timeout', '20'], good.join('\n\n'), { ROADSTREAM_PASSWORD: password })
    assert.deepEqual([run.code, run.stderr], [0, ''])
    assert.match(run.stdout, /^3 sent, 3 acknowledged, 0 refused, 0 dropped, 0 pending/)
    assert.equal((await it.stored('telemetry')).length, 2)
    const bad = [good[0], '{', '[1]', `"${'x'.repeat(600_000)}"`, '{"samples":[]}', good[1]].join('\n')
    const other = await runPython([...args, '--timeout', '20'], bad, { ROADSTREAM_PASSWORD: password })
    assert.equal(other.code, 1)
    assert.match(other.stdout, /^2 sent, 2 acknowledged/)
    for (const [line, why] of [
      [2, 'no JSON'],
      [3, 'not an object'],
      [4, 'longer than the 262144 bytes'],
      [5, 'body.samples'],
    ])
      assert.match(other.stderr, new RegExp(`standard input, line ${line}: ${why}`))
    assert.match((await runPython(args)).stderr, /password: a vehicle needs its password/)
  },
)
