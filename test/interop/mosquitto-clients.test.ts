// The clients of Mosquitto against the gateway: mosquitto_pub and mosquitto_sub, in both versions.
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openTestGateway, type TestGateway } from '../../src/gateway/gateway.testing.ts'
import { vehicleAdmission } from '../../src/gateway/admission/vehicle-admission.ts'
import { vehiclePassword } from '../../src/model/vehicle-credential.ts'

const missing = spawnSync('mosquitto_sub', ['--help']).error === undefined ? false : 'mosquitto_sub is not installed'
const run = promisify(execFile)
const versions = ['311', '5'] as const

const common = (it: TestGateway, version: string): string[] => ['-h', '127.0.0.1', '-p', String(it.port), '-V', version]
const publish = (it: TestGateway, version: string, ...args: string[]) =>
  run('mosquitto_pub', [...common(it, version), ...args])

/** With a retained message: mosquitto_sub tells of nothing at once but messages, and this one says
 *  that it has subscribed. */
async function openFenced(): Promise<TestGateway> {
  const it = await openTestGateway()
  await it.gateway.publish('fence', Buffer.from('fence'), { qos: 0, retain: true })
  return it
}

/** Resolves once it has subscribed, and ends by itself after `count` messages. */
async function subscribe(it: TestGateway, version: string, count: number, format: string, ...args: string[]) {
  const ends = ['-C', String(count + 1), '-W', '20', '-F', format]
  const child = spawn('mosquitto_sub', [...common(it, version), ...ends, '-t', 'fence', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const subscribed = Promise.withResolvers<void>()
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('fence')) subscribed.resolve()
    else lines.push(line)
  })
  const ended = once(child, 'close').then(() => lines)
  await Promise.race([subscribed.promise, ended])
  return { child, heard: () => ended }
}

for (const version of versions) {
  const name = (what: string): string => `Mosquitto's clients, version ${version}: ${what}`

  test(name('every QoS, retained and not'), { skip: missing }, async () => {
    await using it = await openFenced()
    await publish(it, version, '-t', 'a/kept', '-m', 'kept', '-q', '1', '-r')
    const { heard } = await subscribe(it, version, 4, '%t %p %q %r', '-t', 'a/#', '-q', '2')
    for (const qos of ['0', '1', '2']) await publish(it, version, '-t', 'a/b', '-m', qos, '-q', qos)
    assert.deepEqual(await heard(), ['a/kept kept 1 1', ...['0', '1', '2'].map((qos) => `a/b ${qos} ${qos} 0`)])
  })

  test(name('the will of one that is killed'), { skip: missing }, async () => {
    await using it = await openFenced()
    const { heard } = await subscribe(it, version, 1, '%p', '-t', 'will/of', '-q', '1')
    const mortal = ['--will-topic', 'will/of', '--will-payload', 'gone', '--will-qos', '1']
    const { child } = await subscribe(it, version, 1, '%p', '-t', 'nothing', ...mortal)
    child.kill('SIGKILL')
    assert.deepEqual(await heard(), ['gone'])
  })

  test(name('a shared subscription and a file of 200,000 bytes'), { skip: missing }, async () => {
    await using it = await openFenced()
    const { heard } = await subscribe(it, version, 2, '%t %l', '-t', '$share/g/files/#', '-q', '2')
    const child = spawn('mosquitto_pub', [...common(it, version), '-t', 'files/x', '-q', '2', '-s'])
    child.stdin.end(Buffer.alloc(200_000, 120))
    await once(child, 'close')
    await publish(it, version, '-t', 'files/y', '-n', '-q', '1')
    assert.deepEqual(await heard(), ['files/x 200000', 'files/y 0'])
  })

  test(name('a car with a wrong password is told so'), { skip: missing }, async () => {
    const fleetKey = Buffer.alloc(32, 9)
    await using it = await openTestGateway({
      admission: vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) }),
    })
    const car = ['-i', 'acme/car-1', '-u', 'acme/car-1', '-t', 'v1/acme/car-1/up/event', '-q', '1', '-m']
    await assert.rejects(
      publish(it, version, ...car, '{}', '-P', 'wrong'),
      /Connection (error|refused)|not authori[sz]ed|bad user name/i,
    )
    const password = vehiclePassword(fleetKey, { tenant: 'acme', vehicle: 'car-1' })
    const { stderr } = await publish(it, version, ...car, 'no message', '-P', password)
    assert.equal((await it.stored('dead-letter')).length, 1)
    // 3.1.1 has no way to say that a message was refused.
    if (version === '5') assert.match(stderr, /Payload format invalid/)
  })
}

test("Mosquitto's clients: properties of a request", { skip: missing }, async () => {
  await using it = await openFenced()
  const { heard } = await subscribe(it, '5', 1, '%p %R %D %C %P', '-t', 'questions', '-q', '1')
  const request = [
    'response-topic answers',
    'correlation-data 42',
    'content-type text/plain',
    'user-property a 1',
    'message-expiry-interval 60',
  ]
  await publish(
    it,
    '5',
    '-t',
    'questions',
    '-m',
    'late?',
    '-q',
    '1',
    ...request.flatMap((each) => ['-D', 'publish', ...each.split(' ')]),
  )
  assert.deepEqual(await heard(), ['late? answers 42 text/plain a:1'])
})
