// Sharing a car in a real browser: made by keyboard and on a phone, looked at by somebody without
// an account, ended again. Steps are what a person does: a key pressed for a purpose, a tap.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { fixturePassword, openFixture } from '../src/api/api.testing.ts'
import { trip, twin } from '../src/api/rows.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'

const skip = browserPath === undefined ? 'no Chromium on this machine' : false
const pictures = fileURLToPath(new URL('../test-results/', import.meta.url))
const dashboardDir = fileURLToPath(new URL('../web/dist', import.meta.url))
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
const stepsMax = 8

/** The API with the dashboard; its clock is that of the browser. */
async function openSystem() {
  const storage = openMemoryStorage()
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, { dashboardDir })
  fixture.clock.now = () => Date.now()
  const now = Date.now()
  await storage.twins.put([{ id: 'ours/car-1', row: twin('ours', 'car-1', {}, now) }], {})
  const way = { ...trip('ours', 'trip-9', now - 600_000), status: 'open' as const, endAt: now }
  await storage.trips.put([{ id: 'trip-9', row: way }], {})
  await fixture.addUser('dora', 'ours', 'dispatcher')
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(fixture.server.server.address() as AddressInfo).port}`
  return { ...fixture, url, storage }
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login?back=/vehicles/car-1`)
  await page.getByLabel('Name').fill('dora')
  await page.getByLabel('Password').fill(fixturePassword)
  await page.keyboard.press('Enter')
  await page.getByTestId('vehicle-summary').waitFor()
}

async function openPage(browser: Browser, options: Parameters<Browser['newPage']>[0]): Promise<Page> {
  const page = await browser.newPage(options)
  page.setDefaultTimeout(60_000)
  return page
}

/** Counts what a person does. */
function createSteps() {
  let count = 0
  return {
    async do(work: () => Promise<unknown>): Promise<void> {
      count += 1
      await work()
    },
    assertFew: () => assert.ok(count <= stepsMax, `it took ${count} steps`),
  }
}

test(
  'a car is shared by keyboard in few steps, and its link shows it to who has no account until it is ended',
  { skip },
  async () => {
    mkdirSync(pictures, { recursive: true })
    await using system = await openSystem()
    await using browser = await openBrowser()
    const page = await openPage(browser, { viewport: { width: 1280, height: 800 } })
    await signIn(page, system.url)

    const steps = createSteps()
    const share = page.getByRole('button', { name: 'Share …' })
    await share.focus()
    await steps.do(() => page.keyboard.press('Enter'))
    const dialog = page.getByTestId('share')
    await dialog.getByText('There are no links').waitFor()
    const lasts = dialog.getByLabel('It ends after')
    await lasts.focus()
    await steps.do(() => page.keyboard.type('1 w'))
    assert.equal(await lasts.inputValue(), 'week')
    await steps.do(() => page.keyboard.press('Tab'))
    await steps.do(() => page.keyboard.press('Space'))
    await steps.do(() => page.keyboard.press('Tab'))
    await steps.do(() => page.keyboard.press('Enter'))
    const link = dialog.getByLabel('The link, shown this once')
    await link.waitFor()
    await dialog.getByTestId('links').getByText('not used yet').waitFor()
    steps.assertFew()
    await page.screenshot({ path: `${pictures}share.png` })
    await assertAccessible(page, 'the dialog of links')
    const address = await link.inputValue()
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/share#rsl_/)

    const receiver = await openPage(browser, phone)
    const asked: string[] = []
    receiver.on('request', (request) => asked.push(request.url()))
    await receiver.goto(address)
    await receiver.getByRole('heading', { name: 'car-1' }).waitFor()
    await receiver.getByTestId('map').and(receiver.locator('[data-ready=true]')).waitFor()
    const values = receiver.getByTestId('shared-values')
    await values.getByText('43 km/h').or(values.getByText('42 km/h')).or(values.getByText('42.5 km/h')).waitFor()
    await values.getByText('On its way since').waitFor()
    await receiver.getByText('Shown until').waitFor()
    assert.equal(await receiver.getByRole('navigation').count(), 0)
    assert.ok(!asked.some((url) => url.includes('rsl_')), 'the token was sent in an address')
    assert.ok(await receiver.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it is too wide')
    await receiver.screenshot({ path: `${pictures}shared.png` })
    await assertAccessible(receiver, 'the page of a link')

    await dialog.getByRole('button', { name: 'End the link by dora' }).click()
    await dialog.getByText('There are no links').waitFor()
    await receiver.getByTestId('share-ended').waitFor()
    await receiver.screenshot({ path: `${pictures}share-ended.png` })
    await assertAccessible(receiver, 'a link that has ended')
  },
)

test('a car is shared on a phone in few steps', { skip }, async () => {
  await using system = await openSystem()
  await using browser = await openBrowser()
  const page = await openPage(browser, phone)
  await signIn(page, system.url)
  const steps = createSteps()
  const dialog = page.getByTestId('share')
  await steps.do(() => page.getByRole('button', { name: 'Share …' }).tap())
  await steps.do(() => dialog.getByRole('button', { name: 'Make a link' }).tap())
  await steps.do(() => dialog.getByRole('button', { name: 'Copy' }).tap())
  await dialog.getByText(/^Copied|^Copy the selected text/).waitFor()
  steps.assertFew()
  assert.ok(await dialog.evaluate((node) => node.scrollWidth <= node.clientWidth), 'the dialog is too wide')
  await page.screenshot({ path: `${pictures}share-phone.png` })
  await assertAccessible(page, 'the dialog of links on a phone')
  await page.goto(`${system.url}/share#rsl_nonsense`)
  await page.getByTestId('share-ended').waitFor()
})
