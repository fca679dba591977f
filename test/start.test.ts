// The answer to a stranger who starts the system wrongly: one line that names the trouble and the
// remedy, never a stack trace, and a process that is gone afterwards.
import assert from 'node:assert/strict'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../src/base/port.testing.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'

test('whatever cannot start says why in one line', async (context) => {
  using folder = temporaryFolder()
  using other = temporaryFolder()
  const settings = { ROADSTREAM_DATA: folder.path, ROADSTREAM_METRICS: '127.0.0.1:0' }
  const threads = { ROADSTREAM_GATEWAY_THREADS: '3' }
  const canShare = !['darwin', 'win32'].includes(process.platform)
  const mqttPort = await freePort()
  await using system = await startSystem({ dataDir: folder.path, mqttPort })
  const httpPort = new URL(system.dashboardUrl).port
  const file = join(other.path, 'file')
  writeFileSync(file, '')

  const cases: readonly (readonly [
    what: string,
    args: readonly string[],
    settings: Readonly<Record<string, string>>,
    said: RegExp,
  ])[] = [
    ['a second start on the folder', ['start'], settings, /in use by another running Roadstream.*ROADSTREAM_DATA/],
    ['jobs beside those that run', ['jobs'], settings, /in use by another running Roadstream/],
    [
      'an MQTT port that is taken',
      ['start'],
      { ROADSTREAM_DATA: other.path, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` },
      /choose another port/,
    ],
    [
      'an HTTP port that is taken',
      ['start'],
      { ROADSTREAM_DATA: other.path, ROADSTREAM_HTTP: `127.0.0.1:${httpPort}` },
      /such as ROADSTREAM_HTTP=/,
    ],
    ...(canShare
      ? ([
          [
            'threads of a gateway on the folder',
            ['gateway'],
            { ...settings, ...threads },
            /in use by another running Roadstream/,
          ],
          [
            'an MQTT port that is taken, for several threads',
            ['gateway'],
            { ...settings, ...threads, ROADSTREAM_DATA: other.path, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` },
            /choose another port/,
          ],
        ] as const)
      : []),
    [
      'another number of partitions',
      ['api'],
      { ...settings, ROADSTREAM_LOG_PARTITIONS: '3' },
      /8 partitions, and 3 were asked for/,
    ],
    ['a data folder that is a file', ['start'], { ROADSTREAM_DATA: file }, /cannot be opened \(ENOTDIR/],
    [
      'a secret that cannot be made',
      ['password', 'demo/car-1'],
      { ROADSTREAM_DATA: file },
      /cannot be read or made: ENOTDIR/,
    ],
  ]
  for (const [what, args, given, expected] of cases)
    await context.test(what, async () => {
      const { code, stderr: said } = await runCommand(args, given)
      assert.equal(code, 1, said)
      assert.match(said, expected)
      assert.equal(said.trimEnd().split('\n').length, 1, said)
    })

  await context.test('all addresses that are taken are told at once, and nothing is made before', async () => {
    const taken = {
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
      ROADSTREAM_HTTP: `127.0.0.1:${httpPort}`,
      ROADSTREAM_METRICS: `127.0.0.1:${httpPort}`,
    }
    for (const [name, settings] of [
      ['start', ['ROADSTREAM_MQTT', 'ROADSTREAM_HTTP']],
      ['gateway', ['ROADSTREAM_MQTT', 'ROADSTREAM_METRICS']],
      ['jobs', ['ROADSTREAM_METRICS']],
      ['api', ['ROADSTREAM_HTTP']],
    ] as const) {
      const dataDir = join(other.path, `of-${name}`)
      const { code, stderr: said } = await runCommand([name], { ...taken, ROADSTREAM_DATA: dataDir })
      assert.equal(code, 1, said)
      for (const setting of settings)
        assert.match(said, new RegExp(`${setting} is 127.0.0.1:\\d+, where another program listens`))
      assert.ok(!existsSync(dataDir), `${name} made its folder`)
    }
  })

  await context.test('a second start with the same addresses and folder is told of both at once', async () => {
    const { code, stderr: said } = await runCommand(['start'], {
      ...settings,
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
    })
    assert.equal(code, 1, said)
    assert.match(
      said,
      /ROADSTREAM_MQTT is .*choose another port[^]*in use by another running Roadstream.*ROADSTREAM_DATA/,
    )
  })

  await context.test('a car gets the password of the folder that runs by the very words of the start', async () => {
    const hint = /client id (\S+), password from `(.*)npm run -s roadstream -- password (\S+)`/.exec(system.said())
    assert.ok(hint, system.said())
    assert.deepEqual([hint[1], hint[2], hint[3]], ['demo/my-car', `ROADSTREAM_DATA=${folder.path} `, 'demo/my-car'])
  })

  await context.test('and the one that runs is none the worse, and stops when told to', async () => {
    assert.equal((await fetch(`${system.dashboardUrl}/`)).status, 200)
    assert.equal(await system.stop(), 0)
  })

  await context.test(
    'the folders are closed to other users of the machine',
    { skip: process.platform === 'win32' },
    () => {
      for (const name of ['log', 'derived', 'postgres', 'secrets'])
        assert.equal(statSync(join(folder.path, name)).mode & 0o077, 0, name)
    },
  )
})
