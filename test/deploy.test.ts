// The configurations of deploy/ for brokers of others, run as they are but for paths and ports: who
// comes in by which certificate, what it may say and hear, and that nobody takes the place of
// another. Arrivals are looked at, and not what a broker grants.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createSecureContext } from 'node:tls'
import { fileURLToPath } from 'node:url'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { isSubscribed, openTestBridge, seqsOf, until } from '../src/bridge/bridge.testing.ts'
import { revocationList, serialOf, type Issued } from '../src/certificates/authority.ts'
import { telemetry } from '../src/gateway/gateway.testing.ts'
import { noMosquitto, openMosquitto } from './engines/mosquitto.ts'
import { makeTestCertificates, validFor, type TestCertificates } from '../src/gateway/transport/certificates.testing.ts'
import { hivemqJars, noHivemq, startHivemqBy } from './engines/hivemq.ts'

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url))
const textOf = (name: string): string => readFileSync(join(deploy, name), 'utf8')
const topicOf = (car: string): string => `v1/demo/${car}/up/telemetry`

type Access = { readonly port: number; readonly files: TestCertificates }

/** Undefined where it is not let in. */
async function comeIn({ port, files }: Access, clientId: string, own?: Issued): Promise<MqttClient | undefined> {
  const options: IClientOptions = { protocolVersion: 5, clientId, ca: files.ca, reconnectPeriod: 0, ...own }
  const client = mqtt.connect(`mqtts://localhost:${port}`, options)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  client
    .once('connect', () => resolve(true))
    .once('close', () => resolve(false))
    .on('error', () => resolve(false))
  if (await promise) return client
  client.end(true)
  return undefined
}

async function car(access: Access, name: string, clientId = `demo/${name}`): Promise<MqttClient> {
  const client = await comeIn(access, clientId, access.files.vehicle(`demo/${name}`))
  assert.ok(client, `${name} is not let in`)
  return client
}

/** Resolves when the broker has answered or ended the connection. */
async function say(client: MqttClient, topic: string, seq: number): Promise<void> {
  const gone = new Promise<void>((resolve) => client.once('close', resolve))
  await Promise.race([gone, client.publishAsync(topic, telemetry(seq), { qos: 1 }).catch(() => undefined)])
}

const bridgeOf = ({ port, files }: Access) => {
  const context = createSecureContext({ ca: files.ca, ...files.vehicle('demo/roadstream') })
  const server = { host: 'localhost', port, tls: { context, servername: undefined } }
  return openTestBridge({ port, server, tenants: ['demo'], clientId: 'demo/roadstream' })
}

/** All of it, of a broker that runs. */
async function keepsToCertificates(t: TestContext, access: Access): Promise<void> {
  await t.test('a car says what is its own and nothing of another, and the bridge reads it', async () => {
    await using it = bridgeOf(access)
    await until(() => isSubscribed(it))
    for (const foreign of [topicOf('car-2'), 'v1/demo/car-1/down/command', 'v2/demo/car-1/up/telemetry']) {
      const liar = await car(access, 'car-1')
      await say(liar, foreign, 1)
      liar.end(true)
    }
    const own = await car(access, 'car-1')
    await say(own, topicOf('car-1'), 2)
    await until(() => it.bridge.state().acknowledged > 0)
    assert.deepEqual(
      (await it.stored('telemetry')).map(({ key }) => key),
      ['demo/car-1'],
    )
    assert.deepEqual([...seqsOf(await it.stored('telemetry'))], [2])
    await own.endAsync()
  })

  await t.test('nobody hears what is for another, whatever was granted', async () => {
    await using it = bridgeOf(access)
    await until(() => isSubscribed(it))
    const heard: string[] = []
    const curious = await car(access, 'car-2')
    curious.on('message', (topic) => void heard.push(topic))
    for (const filter of ['v1/demo/car-2/down/#', 'v1/demo/+/down/#', 'v1/demo/+/up/#', '$share/x/v1/demo/+/up/#', '#'])
      await curious.subscribeAsync(filter, { qos: 1 }).catch(() => undefined)
    const own = await car(access, 'car-1')
    await say(own, topicOf('car-1'), 1)
    await until(() => it.bridge.state().acknowledged > 0)
    const send = (name: string) => it.bridge.publish(`v1/demo/${name}/down/command`, Buffer.from('x'), { qos: 1 })
    assert.equal(await send('car-1'), 'taken')
    // One connection is told in order: had it been told of the other, it would be by then.
    assert.equal(await send('car-2'), 'taken')
    await until(() => heard.includes('v1/demo/car-2/down/command'))
    assert.deepEqual([...new Set(heard)], ['v1/demo/car-2/down/command'])
    await Promise.all([own.endAsync(), curious.endAsync()])
  })

  await t.test('nobody throws another off, the bridge neither, by taking its client id', async () => {
    await using it = bridgeOf(access)
    await until(() => isSubscribed(it))
    const own = await car(access, 'car-1')
    const heard: string[] = []
    own.on('message', (_topic, payload) => void heard.push(payload.toString()))
    let losses = 0
    own.on('close', () => (losses += 1))
    await own.subscribeAsync('v1/demo/car-1/down/#', { qos: 1 })
    for (const taken of ['demo/car-1', 'demo/roadstream']) {
      const intruder = await comeIn(access, taken, access.files.vehicle('demo/car-2'))
      await intruder?.subscribeAsync('v1/demo/car-1/down/#', { qos: 1 }).catch(() => undefined)
      const outcome = await it.bridge.publish('v1/demo/car-1/down/command', Buffer.from(taken), { qos: 1 })
      assert.equal(outcome, 'taken')
      await until(() => heard.includes(taken) || losses > 0)
      intruder?.end(true)
    }
    assert.deepEqual([losses, it.bridge.state().losses, heard], [0, 0, ['demo/car-1', 'demo/roadstream']])
    own.end(true)
  })

  await t.test('without a certificate, or by one of another authority, nobody comes in', async () => {
    using others = makeTestCertificates()
    assert.equal(await comeIn(access, 'demo/car-1'), undefined)
    assert.equal(await comeIn(access, 'demo/car-1', others.vehicle('demo/car-1')), undefined)
  })
}

test('Mosquitto by deploy/mosquitto', { skip: noMosquitto }, async (t) => {
  using files = makeTestCertificates()
  const revoked = files.vehicle('demo/car-9')
  await using broker = await openMosquitto((folder) => {
    const entry = { serial: serialOf(revoked.cert), revokedAt: new Date() }
    const own: Readonly<Record<string, string>> = {
      'ca.pem': files.ca,
      'server.pem': readFileSync(files.certFile, 'utf8'),
      'server.key': readFileSync(files.keyFile, 'utf8'),
      'crl.pem': revocationList(files.authority, [entry], validFor(30)),
      acl: textOf('mosquitto/acl'),
    }
    for (const [name, text] of Object.entries(own)) writeFileSync(join(folder, name), text, { mode: 0o600 })
    const lines = textOf('mosquitto/mosquitto.conf')
      .replaceAll('/etc/mosquitto/roadstream', folder)
      .replace('/var/lib/mosquitto/', `${folder}/`)
      .split('\n')
    // The test's own listener stands in its place.
    assert.ok(lines.includes('listener 8883'))
    return lines.filter((line) => line !== 'listener 8883')
  })
  const access = { port: broker.port, files }
  await keepsToCertificates(t, access)
  await t.test('a broker that is killed hands on what it had acknowledged while the bridge was away', async () => {
    {
      await using before = bridgeOf(access)
      await until(() => isSubscribed(before))
    }
    const own = await car(access, 'car-1')
    const seqs = Array.from({ length: 200 }, (_, i) => 1000 + i)
    await Promise.all(seqs.map((seq) => own.publishAsync(topicOf('car-1'), telemetry(seq), { qos: 1 })))
    // It answers before it writes, and writes before it reads again.
    await own.publishAsync(topicOf('car-1'), telemetry(1200), { qos: 1 })
    own.end(true)
    await broker.restart('SIGKILL')
    await using it = bridgeOf(access)
    await until(() => isSubscribed(it))
    const later = await car(access, 'car-1')
    await say(later, topicOf('car-1'), 1201)
    // The session hands on in order.
    await until(async () => seqsOf(await it.stored('telemetry')).has(1201))
    const found = seqsOf(await it.stored('telemetry'))
    assert.deepEqual(
      seqs.filter((seq) => !found.has(seq)),
      [],
    )
    await later.endAsync()
  })
  await t.test('a car whose certificate was revoked does not come in', async () => {
    assert.equal(await comeIn(access, 'demo/car-9', revoked), undefined)
  })
})

/** Runs one of the commands that the README has. */
function run(program: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  assert.equal(status, 0, `${program}: ${stdout}${stderr}`)
}

const missing = ['javac', 'jar', 'keytool', 'openssl'].find(
  (name) => spawnSync(name, ['--version']).error !== undefined,
)

test(
  'HiveMQ by deploy/hivemq',
  { skip: noHivemq || (missing !== undefined && `${missing} is not installed`) },
  async (t) => {
    using files = makeTestCertificates()
    await using broker = await startHivemqBy((port, folder) => {
      const from = join(deploy, 'hivemq')
      const extension = join(folder, 'extensions/roadstream-access')
      const classes = join(folder, 'classes')
      mkdirSync(extension, { recursive: true })
      run('javac', '-cp', join(hivemqJars, '*'), '-d', classes, join(from, 'CertificateAccess.java'))
      cpSync(join(from, 'META-INF'), join(classes, 'META-INF'), { recursive: true })
      run('jar', '--create', '--file', join(extension, 'access.jar'), '-C', classes, '.')
      cpSync(join(from, 'hivemq-extension.xml'), join(extension, 'hivemq-extension.xml'))
      const [server, authority, password] = [join(folder, 'server.p12'), join(folder, 'authority.p12'), 'changeit']
      const pair = ['-in', files.certFile, '-inkey', files.keyFile]
      run('openssl', 'pkcs12', '-export', ...pair, '-passout', `pass:${password}`, '-out', server)
      const store = ['-keystore', authority, '-storetype', 'PKCS12', '-storepass', password]
      run('keytool', '-importcert', '-noprompt', '-alias', 'authority', '-file', files.caFile, ...store)
      return textOf('hivemq/config.xml')
        .replaceAll('/opt/hivemq/roadstream', folder)
        .replace('<port>8883</port>', `<port>${port}</port>`)
        .replace('0.0.0.0', '127.0.0.1')
    })
    await keepsToCertificates(t, { port: broker.port, files })
  },
)
