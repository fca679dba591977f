// A link that invites somebody, and one that sets another password, in a real browser: by keyboard
// and on a phone. Steps are what a person does: a key pressed for a purpose, a tap, a field filled.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { fixturePassword, openFixture } from '../src/api/api.testing.ts'
import type { MadeAccountLink } from '../src/api/contract.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'
import { wholeGrant } from '../src/rights/grant.ts'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'

const skip = browserPath === undefined ? 'no Chromium on this machine' : false
const dashboardDir = fileURLToPath(new URL('../web/dist', import.meta.url))
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
const stepsMax = 8
const password = 'four words to recall'

async function openSystem() {
  const fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log, { dashboardDir })
  fixture.clock.now = () => Date.now()
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(fixture.server.server.address() as AddressInfo).port}`
  const made = async (path: string, body?: object): Promise<string> => {
    const { token } = (await fixture.send('POST', `/api/v1/people/${path}`, body, { cookie })).json<MadeAccountLink>()
    return `${url}/welcome#${token}`
  }
  return {
    ...fixture,
    url,
    invite: () => made('invitations', { label: 'Bo of the depot', grants: [wholeGrant('viewer')] }),
    reset: (person: string) => made(`${person}/reset`),
  }
}

async function isSignedIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Account of ${name}` }).waitFor()
}

test('an invitation is accepted by keyboard in few steps, once', { skip, timeout: 240_000 }, async () => {
  await using system = await openSystem()
  await using browser = await openBrowser()
  const page = await browser.newPage()
  page.setDefaultTimeout(60_000)
  const link = await system.invite()
  await page.goto(link)
  await page.getByText('ana invites you (Bo of the depot) to ours').waitFor()
  await assertAccessible(page, 'an invitation')
  const keys = ['bo', 'Tab', password, 'Tab', password, 'Enter']
  assert.ok(keys.length <= stepsMax)
  for (const key of keys) await (['Tab', 'Enter'].includes(key) ? page.keyboard.press(key) : page.keyboard.type(key))
  await isSignedIn(page, 'bo')
  await page.goto('about:blank')
  await page.goto(link)
  await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
  await assertAccessible(page, 'a link that was used')
})

test(
  'a password is reset by its link on a phone in few steps, and faults are told at their fields',
  { skip, timeout: 240_000 },
  async () => {
    await using system = await openSystem()
    await using browser = await openBrowser()
    await system.addUser('cy', 'ours', 'viewer')
    const page = await browser.newPage(phone)
    page.setDefaultTimeout(60_000)
    await page.goto(await system.reset('cy'))
    await page.getByRole('heading', { name: 'Another password' }).waitFor()
    const [first, again] = [page.getByLabel('Password', { exact: true }), page.getByLabel('Password again')]
    await first.fill('password1234')
    await again.fill('password1234')
    const set = page.getByRole('button', { name: 'Set the password' })
    await set.tap()
    await page.getByText(/easy to guess: it is/).waitFor()
    await assertAccessible(page, 'a password that is refused')
    const steps = [() => first.fill(password), () => again.fill(password), () => set.tap()]
    assert.ok(steps.length <= stepsMax)
    for (const step of steps) await step()
    await isSignedIn(page, 'cy')
  },
)

test(
  'somebody is invited by keyboard, and a password reset on a phone, each in few steps',
  { skip, timeout: 240_000 },
  async () => {
    await using system = await openSystem()
    await using browser = await openBrowser()
    await system.addUser('cy', 'ours', 'viewer')
    const open = async (options: Parameters<typeof browser.newPage>[0]): Promise<Page> => {
      const page = await browser.newPage(options)
      page.setDefaultTimeout(60_000)
      await page.goto(`${system.url}/login?back=/people`)
      await page.getByLabel('Name').fill('ana')
      await page.getByLabel('Password').fill(fixturePassword)
      await page.keyboard.press('Enter')
      await page.getByTestId('people').waitFor()
      return page
    }
    const page = await open({ viewport: { width: 1280, height: 800 } })
    await page.getByLabel('For whom').focus()
    const keys = ['Dee of the depot', 'Tab', 'driver', 'Enter']
    assert.ok(keys.length <= stepsMax)
    for (const key of keys) await (['Tab', 'Enter'].includes(key) ? page.keyboard.press(key) : page.keyboard.type(key))
    await page.getByRole('button', { name: 'Make a link' }).press('Enter')
    const link = await page.getByLabel('The link, shown this once').inputValue()
    assert.match(link, /\/welcome#[\w-]{43}$/)
    await page.getByText('Dee of the depot: driver').waitFor()
    await assertAccessible(page, 'people')

    const small = await open(phone)
    const steps = [() => small.getByRole('button', { name: 'Reset the password of cy' }).tap()]
    for (const step of steps) await step()
    assert.match(await small.getByLabel('The link, shown this once').inputValue(), /\/welcome#[\w-]{43}$/)
    await assertAccessible(small, 'people on a phone')
    await small.getByRole('button', { name: 'Keep out cy' }).tap()
    await small.getByText('Kept out; viewer').waitFor()
  },
)
