// The live simulator against a real gateway: what cars say arrives, and the truth file tells what
// happened.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import { openTestGateway } from '../gateway/gateway.testing.ts'
import { vehicleAdmission } from '../gateway/admission/vehicle-admission.ts'
import { simulateCommand, type SimulateDeps } from './command.ts'
import { simulate, type SimulateOptions } from './simulate.ts'

const fleetKey = new Uint8Array(32).fill(7)
const admission = vehicleAdmission({ fleetKeys: new Map([['demo', fleetKey]]) })
const folder = mkdtempSync(join(tmpdir(), 'roadstream-sim-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const optionsFor = (port: number): SimulateOptions => ({
  url: `mqtt://127.0.0.1:${port}`,
  tenant: 'demo',
  fleetKey,
  cars: 20,
  seed: 5,
  signal: new AbortController().signal,
  logger: silentLogger,
  speed: 200,
  connectsPerSecond: 1000,
})

test('two minutes of twenty cars at 200 times the speed: all that was said is stored, and the crash is in the truth', async () => {
  await using gateway = await openTestGateway({ admission })
  const truthFile = join(folder, 'truth.jsonl')
  const incidents = [
    { kind: 'crash', afterMs: 40_000, car: null },
    { kind: 'tunnel', afterMs: 50_000, car: null },
  ] as const
  const summary = await simulate({ ...optionsFor(gateway.port), durationMs: 120_000, truthFile, incidents })
  assert.equal(summary.simulatedMs, 120_000)
  assert.equal(summary.crashes, 1)
  assert.ok(summary.sent > 1500)
  assert.equal(summary.acknowledged, summary.sent, JSON.stringify(summary))
  const truths = readFileSync(truthFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const crash = truths.find(({ kind }) => kind === 'crash')
  const keys = (await gateway.stored('critical')).map(({ key }) => key)
  assert.deepEqual(keys, [`demo/${crash.vehicle}`])
  assert.ok(
    truths.some(({ kind, endAt }) => kind === 'trip' && endAt === null),
    'trips still under way are told',
  )
})

test('a simulation without end stops when it is told to, and says what it did', async () => {
  await using gateway = await openTestGateway({ admission })
  const stop = new AbortController()
  const running = simulate({ ...optionsFor(gateway.port), speed: 1, cars: 3, signal: stop.signal })
  while ((await gateway.stored('telemetry')).length < 3) await new Promise(setImmediate)
  stop.abort()
  const summary = await running
  assert.ok(summary.sent >= 3 && summary.acknowledged === summary.sent)
})

test('two simulations with the same ids are told so, with the remedy, and count it', async () => {
  await using gateway = await openTestGateway({ admission })
  const openedAt = Date.now()
  // A clock twenty times as fast, so that the report of every ten seconds comes soon.
  const clock = { now: () => openedAt + (Date.now() - openedAt) * 20 }
  const stop = new AbortController()
  const logger: Logger = {
    ...silentLogger,
    warn: (details: object, text?: string) => {
      if (text?.includes('simulate --prefix') !== true) return
      assert.equal('firstCar' in details && details.firstCar, 'taxi-00001')
      stop.abort()
    },
  }
  const options = { ...optionsFor(gateway.port), speed: 1, cars: 3, prefix: 'taxi', signal: stop.signal, clock, logger }
  const [one, other] = await Promise.all([simulate(options), simulate(options)])
  assert.ok(one.takenOver + other.takenOver >= 1)
})

test('a truth file that cannot be written is an outage that names it', async () => {
  const truthFile = join(folder, 'no-such-folder', 'truth.jsonl')
  await assert.rejects(simulate({ ...optionsFor(1), truthFile }), (error) => {
    assert.ok(error instanceof Outage && error.code === 'TRUTH_FILE' && error.message.includes(truthFile))
    return true
  })
})

function command(argv: readonly string[], deps: Partial<SimulateDeps> = {}) {
  const printed: string[] = []
  const complaints: string[] = []
  const code = simulateCommand(argv, {
    url: 'mqtt://127.0.0.1:1',
    tenant: 'demo',
    fleetKey: () => fleetKey,
    logger: silentLogger,
    signal: new AbortController().signal,
    print: (text) => void printed.push(text),
    complain: (text) => void complaints.push(text),
    ...deps,
  })
  return { code, printed, complaints }
}

test('simulate --help explains every option', async () => {
  const { code, printed } = command(['--help'])
  assert.equal(await code, 0)
  for (const option of [
    'cars',
    'seed',
    'prefix',
    'url',
    'tenant',
    'for',
    'speed',
    'start',
    'activity',
    'units',
    'incident',
    'rate',
    'truth',
    'folder',
    'connects',
  ])
    assert.ok(printed.join('').includes(`--${option} `), option)
})

test('every mistake on the command line is told at once, with what it should have been, and no key is asked for', async () => {
  const fleetKey = (): Uint8Array => assert.fail('asked for a key')
  const argv = [
    '--cars',
    '0',
    '--for',
    'soon',
    '--incident',
    'fire@1',
    '--rate',
    'crash=-1',
    '--activity',
    'wild',
    '--start',
    'x',
    '--speed',
    '',
    '--prefix',
    'a/b',
    '--units',
    'full,boat',
  ]
  const { code, complaints } = command(argv, { fleetKey })
  assert.equal(await code, 2)
  for (const part of [
    '--cars',
    '--for',
    '--incident',
    '--rate',
    '--activity',
    '--start',
    '--speed',
    '--prefix',
    '--units',
  ])
    assert.ok(complaints.join('').includes(part), part)
  const unknown = command(['--colour', 'red'])
  assert.equal(await unknown.code, 2)
  assert.match(unknown.complaints.join(''), /--colour/)
})

test('the command runs the cars and prints a summary', async () => {
  await using gateway = await openTestGateway({ admission })
  const argv = [
    '--cars',
    '5',
    '--for',
    '20s',
    '--speed',
    '100',
    '--url',
    `mqtt://127.0.0.1:${gateway.port}`,
    '--rate',
    'tunnel=0',
  ]
  const { code, printed, complaints } = command(argv)
  assert.equal(await code, 0, complaints.join(''))
  assert.match(printed[0] ?? '', /^5 cars drive as sim-00001 to sim-00005 of tenant demo, to mqtt:/)
  assert.match(printed[1] ?? '', /^5 cars lived 0\.03 car-hours: /)
  const keys = new Set((await gateway.stored('telemetry')).map(({ key }) => key))
  assert.deepEqual(
    [...keys].sort(),
    [1, 2, 3, 4, 5].map((number) => `demo/sim-0000${number}`),
  )
})
