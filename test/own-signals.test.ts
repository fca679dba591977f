// A maker's own signals from the car to the screen's data: an overlay that vss-tools wrote, named
// by a setting, gives them types, units and ranges in the jobs, in the API, and in the mappings of
// recordings, each role in a process or thread of its own.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import type { Page } from 'playwright-core'
import type { SignalCatalogue, SignalSeries, VehicleDetail } from '../src/api/contract.ts'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'
import { signIn, type ApiClient } from './support/api-client.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'

const overlay = fileURLToPath(new URL('../docs/examples/acme.json', import.meta.url))

const mapping = {
  name: 'acme-logger',
  about: 'the logger of the cooling unit',
  from: { form: 'csv' },
  time: { as: 'epoch', field: 't', unit: 'ms' },
  signals: {
    'Vehicle.Acme.Cargo.Temperature': { field: 'air', unit: 'Fahrenheit' },
    'Vehicle.Acme.Cargo.Load': { field: 'load', unit: 'kg' },
    'Vehicle.Acme.Mode': { field: 'mode', words: { off: 0, cool: 1 } },
  },
  examples: [
    {
      rows: [{ t: '1764338400000', air: '5', load: '812.4', mode: 'cool' }],
      samples: [
        {
          at: '2025-11-28T14:00:00Z',
          signals: { 'Vehicle.Acme.Cargo.Temperature': -15, 'Vehicle.Acme.Cargo.Load': 812, 'Vehicle.Acme.Mode': 1 },
        },
      ],
    },
  ],
}

test('own signals are checked, stored, told with unit and group, and mapped', async (context) => {
  using folder = temporaryFolder()
  const settings = { ROADSTREAM_SIGNALS: overlay }
  await using system = await startSystem({ dataDir: folder.path, settings })
  const known = { ...settings, ROADSTREAM_DATA: folder.path }
  const { stdout: password } = await runCommand(['password', 'demo/van-1'], known)
  const car = await connectAsync(system.mqttUrl, {
    clientId: 'demo/van-1',
    username: 'demo/van-1',
    password: password.trim(),
  })
  const at = Date.now()
  const signals = {
    'Vehicle.Speed': 12,
    'Vehicle.Acme.Cargo.Temperature': '-18.5',
    'Vehicle.Acme.Cargo.Load': 9000,
    'Vehicle.Acme.Cargo.DoorState': 'closed',
    'Vehicle.Acme.Mode': 3,
    'Vehicle.Acme.Unnamed': 'as it came',
  }
  const message = { boot: '9f86d081884c7d65', seq: 0, samples: [{ at, signals }] }
  await car.publishAsync('v1/demo/van-1/up/telemetry', JSON.stringify(message), { qos: 1 })
  await car.endAsync()

  const [mappingFile, recording] = [join(folder.path, 'acme.json'), join(folder.path, 'van-2.csv')]
  writeFileSync(mappingFile, JSON.stringify(mapping))
  writeFileSync(recording, 't,air,load,mode\n1764338400000,5,812.4,cool\n1764338401000,14,9000,defrost\n')
  const tested = await runCommand(['mapping', 'test', mappingFile], known)
  assert.equal(tested.code, 0, tested.stderr)
  const unknown = await runCommand(['mapping', 'test', mappingFile], { ROADSTREAM_DATA: folder.path })
  assert.match(
    unknown.stderr,
    /signals\["Vehicle\.Acme\.Cargo\.Load"\] is no signal of the catalogue \(VSS 6\.0, and what ROADSTREAM_SIGNALS adds\)/,
  )
  const played = await runCommand(
    ['replay', recording, '--mapping', mappingFile, '--speed', 'max', '--url', system.mqttUrl],
    known,
  )
  assert.equal(played.code, 0, played.stderr)

  const api = await signIn(system.setupUrl ?? '')
  await api.untilRead()
  const told = async (vehicle: string) =>
    (await api.get<VehicleDetail>(`/vehicles/${vehicle}`)).signals.map(({ path, value, unit, group }) => [
      path,
      value,
      unit,
      group,
    ])
  assert.deepEqual(await told('van-1'), [
    ['Vehicle.Speed', 12, 'km/h', 'Motion'],
    ['Vehicle.Acme.Cargo.DoorState', 'CLOSED', null, 'Acme'],
    ['Vehicle.Acme.Cargo.Load', { invalid: 'range', value: 9000 }, 'kg', 'Acme'],
    ['Vehicle.Acme.Cargo.Temperature', -18.5, 'Celsius', 'Acme'],
    ['Vehicle.Acme.Mode', 3, null, 'Acme'],
    ['Vehicle.Acme.Unnamed', 'as it came', null, 'Other'],
  ])
  assert.deepEqual(await told('van-2'), [
    ['Vehicle.Acme.Cargo.Load', { invalid: 'range', value: 9000 }, 'kg', 'Acme'],
    ['Vehicle.Acme.Cargo.Temperature', -10, 'Celsius', 'Acme'],
    ['Vehicle.Acme.Mode', { invalid: 'unknown-code' }, null, 'Acme'],
  ])
  const series = await api.get<SignalSeries>('/vehicles/van-2/signals/Vehicle.Acme.Cargo.Temperature/series')
  assert.deepEqual(
    [series.unit, series.at, series.value],
    ['Celsius', [1_764_338_400_000, 1_764_338_401_000], [-15, -10]],
  )
  const load = await api.get<SignalSeries>('/vehicles/van-2/signals/Vehicle.Acme.Cargo.Load/series')
  assert.deepEqual([load.value, load.said], [[812], { values: 1, unavailable: 0, invalid: 1, other: 0 }])
  const catalogue = await api.get<SignalCatalogue>('/signals')
  assert.deepEqual(
    catalogue.signals.find(({ path }) => path === 'Vehicle.Acme.Cargo.Load'),
    {
      path: 'Vehicle.Acme.Cargo.Load',
      type: 'sensor',
      datatype: 'uint16',
      unit: 'kg',
      max: 3500,
      description: 'Weight of the goods by the axle sensors.',
      group: 'Acme',
    },
  )
  const skip = browserPath === undefined ? 'no Chromium on this machine' : false
  await context.test('the vehicle page shows them as ours', { skip }, () => showsOwnSignals(api))
  assert.equal(await system.stop(), 0)
})

async function showsOwnSignals({ url, cookie }: ApiClient): Promise<void> {
  await using browser = await openBrowser()
  const browsing = await browser.newContext()
  const [name = '', value = ''] = cookie.split(/=(.*)/)
  await browsing.addCookies([{ name, value, url }])
  const page = await browsing.newPage()
  await page.goto(`${url}/vehicles/van-1`)
  const region = page.getByRole('region', { name: 'Acme' })
  await region.waitFor()
  const [names, values] = [
    await region.getByRole('rowheader').allTextContents(),
    await region.locator('td.value').allTextContents(),
  ]
  assert.deepEqual(
    names.map((signal, index) => [signal, values[index]]),
    [
      ['Acme.Cargo.DoorState', 'CLOSED'],
      ['Acme.Cargo.Load', 'invalid: outside its range (9000)'],
      ['Acme.Cargo.Temperature', '-18.5 °C'],
      ['Acme.Mode', '3'],
    ],
  )
  const title = await region.getByRole('rowheader', { name: 'Load' }).getAttribute('title')
  assert.equal(title, 'Vehicle.Acme.Cargo.Load: Weight of the goods by the axle sensors.')
  await chartsOwnSignal(page, url)
}

/** By keyboard and by pointer: a signal is charted, its values are walked through, a time in which
 *  nothing was told says so, and the chart is closed. */
async function chartsOwnSignal(page: Page, url: string): Promise<void> {
  const now = page.getByTestId('series-now')
  await page.goto(`${url}/vehicles/van-2`)
  await page.getByRole('button', { name: 'Chart of Vehicle.Acme.Cargo.Temperature' }).press('Enter')
  await page.locator('[data-testid=series-plot] canvas').waitFor()
  await now.getByText('-10 °C').waitFor()
  await page.getByRole('slider', { name: 'Walk through the values' }).press('ArrowLeft')
  await now.getByText('-15 °C').waitFor()
  assert.equal(await now.getAttribute('data-at'), '1764338400000')
  await page.keyboard.press('ArrowRight')
  await now.getByText('-10 °C').waitFor()
  await page.locator('.series-plot .u-over').hover({ position: { x: 5, y: 20 } })
  await now.getByText('-15 °C').waitFor()
  await assertAccessible(page, 'series')
  await page.getByRole('combobox', { name: /^Signal/ }).selectOption('Acme.Cargo.Load')
  await now.getByText('812 kg').waitFor()
  await page.getByText('The line is broken where it was invalid once', { exact: false }).waitFor()
  await page.getByRole('combobox', { name: /^Time/ }).selectOption('Last week')
  assert.match(page.url(), /signal=Vehicle\.Acme\.Cargo\.Load&span=week$/)
  await page.getByRole('button', { name: 'Close the chart' }).press('Enter')
  await page.getByTestId('signal-series').waitFor({ state: 'detached' })
  await page.goto(`${url}/vehicles/van-1?signal=Vehicle.Acme.Cargo.Load`)
  await page.getByText('It had no value in this time').waitFor()
  await page.goto(`${url}/vehicles/van-1?signal=Vehicle.Acme.Cargo.Humidity`)
  await page.getByText('Nothing was said of it in this time').waitFor()
}

test('an overlay that is wrong starts nothing, and is told with file, path, field and remedy', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'own.json')
  const speed = { type: 'sensor', datatype: 'float', unit: 'm/s' }
  writeFileSync(file, JSON.stringify({ Vehicle: { type: 'branch', children: { Speed: speed } } }))
  const { code, stderr } = await runCommand(['start'], {
    ROADSTREAM_DATA: join(folder.path, 'data'),
    ROADSTREAM_SIGNALS: `${file},${folder.path}/none.json`,
  })
  assert.equal(code, 2)
  assert.ok(stderr.includes(`ROADSTREAM_SIGNALS: ${file}: Vehicle.Speed.unit is "m/s", and "km/h" in VSS 6.0`), stderr)
  assert.ok(stderr.includes(`ROADSTREAM_SIGNALS names ${folder.path}/none.json, which cannot be read (ENOENT)`), stderr)
})
