// The dashboard of a running system in a real browser, as its first user meets it: the setup link,
// cars that move, a car, a trip and its replay, an alert. Screenshots go to test-results/.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { openVehicle } from '../src/vehicle/vehicle.ts'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const pictures = fileURLToPath(new URL('../test-results/', import.meta.url))
const skip = browserPath === undefined ? 'no Chromium on this machine' : false

test(
  'the first user sets a password, sees cars move, opens a car, a trip and its replay, and an alert',
  { skip },
  async (context) => {
    mkdirSync(pictures, { recursive: true })
    using folder = temporaryFolder()
    const startedAt = performance.now()
    await using system = await startSystem({ dataDir: folder.path, args: ['--demo', '--cars', '60'] })
    await using browser = await openBrowser()
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    // Beside other tests the map, drawn in software, may be a minute in coming.
    page.setDefaultTimeout(120_000)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })

    const first = await page.goto(system.setupUrl ?? assert.fail('no setup link'))
    const policy = first?.headers()['content-security-policy'] ?? ''
    assert.match(policy, /script-src 'self'(;|$)/)
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/)
    const fields = page.getByRole('textbox').or(page.locator('input[type=password]'))
    await fields.nth(0).fill('ada')
    await fields.nth(1).fill('correct horse battery')
    await fields.nth(2).fill('correct horse battery')
    await assertAccessible(page, 'setup')
    await page.keyboard.press('Enter')

    await page.getByTestId('map').and(page.locator('[data-ready=true]')).waitFor()
    await page.waitForFunction(
      () => Number(/\d+/.exec(document.querySelector('[data-testid=count-moving]')?.textContent ?? '')?.[0]) > 10,
    )
    const map = page.getByTestId('map')
    const before = await map.screenshot()
    await page.waitForFunction((from) => performance.now() - from > 1500, await page.evaluate(() => performance.now()))
    assert.ok(!before.equals(await map.screenshot()), 'the cars stand still')
    context.diagnostic(
      `from start to cars moving on the map: ${((performance.now() - startedAt) / 1000).toFixed(1)} s, browser and password included`,
    )
    await picture(page, 'map')
    await assertAccessible(page, 'map')

    const trip = await driveOnce(system.mqttUrl, folder.path)
    await page.goto(`${system.dashboardUrl}/vehicles`)
    await page
      .getByRole('searchbox')
      .or(page.getByPlaceholder(/vehicle/i))
      .first()
      .fill(trip.vehicle)
    await page.getByRole('link', { name: trip.vehicle, exact: true }).click()
    await page.getByTestId('vehicle-summary').waitFor()
    await page.getByText('Vehicle', { exact: false }).first().waitFor()
    await picture(page, 'vehicle')
    await assertAccessible(page, 'vehicle')

    await page.getByTestId('anomaly-notice').getByText('1 invalid value').waitFor()
    await page.getByTestId('anomaly-notice').getByRole('link', { name: 'What to do' }).click()
    await page
      .getByTestId('anomalies')
      .getByRole('row', { name: /Transmission\.CurrentGear outside its range 1/ })
      .waitFor()
    await picture(page, 'anomalies')
    await assertAccessible(page, 'anomalies')

    await page.getByRole('tab', { name: 'Trips' }).click()
    await page.locator('a[href^="/trips/"]').first().click()
    await page.getByTestId('speed-chart').waitFor()
    const now = page.getByTestId('replay-now')
    const from = Number(await now.getAttribute('data-at'))
    await page.getByRole('button', { name: 'Play' }).click()
    await page.waitForFunction(
      (at) => Number(document.querySelector('[data-testid=replay-now]')?.getAttribute('data-at')) > at,
      from,
    )
    await page.getByRole('button', { name: 'Pause' }).click()
    const paused = Number(await now.getAttribute('data-at'))
    await page.getByRole('slider', { name: 'Position in the trip' }).focus()
    await page.keyboard.press('ArrowRight')
    assert.ok(Number(await now.getAttribute('data-at')) > paused, 'the slider moves the replay')
    await picture(page, 'trip')
    await assertAccessible(page, 'trip')

    await page.goto(`${system.dashboardUrl}/alerts`)
    await page.getByTestId('alerts').getByText(trip.vehicle).first().waitFor()
    await picture(page, 'alerts')
    await assertAccessible(page, 'alerts')

    await page.goto(`${system.dashboardUrl}/system`)
    await page.getByTestId('ledger-totals').waitFor()
    await page.getByTestId('fleet-anomalies').getByRole('link', { name: trip.vehicle }).waitFor()
    // Sizes are known at once, and what a day adds is not yet.
    const stores = page.getByTestId('room-stores')
    await stores.getByRole('row', { name: /^telemetry .*\d [kM]B not known yet/ }).waitFor()
    await stores.getByRole('row', { name: /^twins .*\d [kM]B not known yet for ever/ }).waitFor()
    await picture(page, 'system')
    await assertAccessible(page, 'system')
    await disconnectOne(page)
    assert.deepEqual(problems, [])
    assert.equal(await system.stop(), 0)
  },
)

/** An administrator finds a car among the sessions, looks into it, and disconnects it after being
 *  told what that does; the car comes back by itself. */
async function disconnectOne(page: Page): Promise<void> {
  const sessions = page.getByTestId('sessions')
  await sessions.getByText(/^60 connected, /).waitFor()
  await sessions.getByPlaceholder('Search by client id').fill('0007')
  const found = sessions.getByRole('button', { name: /0007$/ })
  await found.waitFor()
  await sessions.getByText('1 connected, 0 away').waitFor()
  await found.focus()
  await page.keyboard.press('Enter')
  const session = page.getByTestId('session')
  await session.getByText('Last heard').waitFor()
  await picture(page, 'session')
  await assertAccessible(page, 'session')

  await session.getByRole('button', { name: 'Disconnect …' }).click()
  const question = page.getByTestId('question')
  await question.getByText('connects again by itself', { exact: false }).waitFor()
  await picture(page, 'disconnect')
  await assertAccessible(page, 'disconnect')
  await page.keyboard.press('Escape')
  await question.waitFor({ state: 'hidden' })
  await session.getByRole('button', { name: 'Disconnect …' }).click()
  await question.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await session.getByText('Disconnected.', { exact: false }).waitFor()
  await page.keyboard.press('Escape')
  await session.waitFor({ state: 'hidden' })
  await sessions.getByText('1 connected, 0 away').waitFor()
  await page.getByTestId('endings').getByText('Disconnected by an administrator').waitFor()
  const codes = page.getByTestId('reason-codes')
  await codes
    .getByRole('row', { name: /0x98 Administrative action.*DISCONNECT sent.*the gateway’s log says who/ })
    .waitFor()
  await codes.getByText('Codes that are no errors').click()
  await codes.getByRole('row', { name: /0x00 Success.*CONNACK sent/ }).waitFor()
  await picture(page, 'reason-codes')
  await assertAccessible(page, 'reason-codes')
  await sessions.getByRole('button', { name: 'Clear' }).click()
}

/** The page in light and dark, and at the width of a phone. */
async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${pictures}${name}-light.png` })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: `${pictures}${name}-dark.png` })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.screenshot({ path: `${pictures}${name}-phone.png` })
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  assert.ok(overflow <= 0, `${name} is ${overflow} px wider than a phone`)
  await page.setViewportSize({ width: 1360, height: 860 })
  await page.emulateMedia({ colorScheme: 'light' })
}

/** A car drives five minutes along the Rambla, told after the fact, and crashes at the end, in a
 *  gear that does not exist. */
async function driveOnce(mqttUrl: string, dataDir: string): Promise<{ readonly vehicle: string }> {
  const ref = { tenant: 'demo', vehicle: 'test-drive' }
  const password = vehiclePassword(openSecrets(dataDir).fleetKey(ref.tenant), ref)
  await using car = openVehicle({ url: mqttUrl, ref, password })
  const seconds = 300
  const endAt = Date.now() - 60_000
  for (let second = 0; second <= seconds; second++) {
    const last = second === seconds
    car.send('telemetry', {
      samples: [
        {
          at: endAt - (seconds - second) * 1000,
          signals: {
            'Vehicle.LowVoltageSystemState': last ? 'OFF' : 'ON',
            'Vehicle.Speed': last ? 0 : 40 + 15 * Math.sin(second / 20),
            'Vehicle.CurrentLocation.Latitude': -34.9225 + 0.004 * Math.sin(second / 90),
            'Vehicle.CurrentLocation.Longitude': -56.165 + second * 1.2e-4,
            'Vehicle.CurrentLocation.Heading': 90,
            ...(last && { 'Vehicle.Powertrain.Transmission.CurrentGear': 300 }),
          },
        },
      ],
    })
  }
  car.send('critical', { event: 'airbag-deployed', at: endAt, data: {} })
  assert.ok(await car.flush(20_000), JSON.stringify(car.stats))
  return ref
}
