// One's own account and the people one manages, in a real browser: what is changed there is tried
// by signing in and out.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { fixturePassword, openFixture } from '../src/api/api.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'

const skip = browserPath === undefined ? 'no Chromium on this machine' : false
const dashboardDir = fileURLToPath(new URL('../web/dist', import.meta.url))
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
const password = 'four words to recall'

async function openSystem() {
  const fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log, { dashboardDir })
  fixture.clock.now = () => Date.now()
  await fixture.addUser('ana', 'ours')
  await fixture.addUser('cy', 'ours', 'viewer')
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(fixture.server.server.address() as AddressInfo).port}`
  return {
    ...fixture,
    async signInAt(page: Page, path: string, name: string, secret = fixturePassword): Promise<void> {
      page.setDefaultTimeout(60_000)
      await page.goto(`${url}/login?back=${path}`)
      await page.getByLabel('Name').fill(name)
      await page.getByLabel('Password').fill(secret)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: `Account of ${name}` }).waitFor()
    },
  }
}

test(
  'a password is changed by keyboard, faults stand at their fields, and the new one signs in',
  { skip, timeout: 240_000 },
  async () => {
    await using system = await openSystem()
    await using browser = await openBrowser()
    const page = await browser.newPage()
    await system.signInAt(page, '/system', 'cy')
    await page.getByRole('button', { name: 'Account of cy' }).press('Enter')
    await page.getByRole('menuitem', { name: 'Your account' }).press('Enter')
    await page.getByText('looks on').waitFor()
    await page.getByText('see where vehicles are and were').waitFor()
    await assertAccessible(page, 'the account')
    const fill = async (old: string, again: string): Promise<void> => {
      await page.getByLabel('Old password').fill(old)
      await page.getByLabel('New password', { exact: true }).fill(password)
      await page.getByLabel('New password again').fill(again)
      await page.keyboard.press('Enter')
    }
    await fill(fixturePassword, 'another')
    await page.getByText('The two passwords differ.').waitFor()
    await fill('not the old one', password)
    await page.getByText('It is not your password.').waitFor()
    await assertAccessible(page, 'an old password that is wrong')
    await fill(fixturePassword, password)
    await page.getByText('The password is changed.').waitFor()
    assert.equal(await page.getByLabel('Old password').inputValue(), '')
    await page.getByText('You are signed in nowhere else.').waitFor()
    const old = await system.send('POST', '/api/v1/session', { name: 'cy', password: fixturePassword })
    assert.equal(old.statusCode, 401)
    const other = await browser.newPage()
    await system.signInAt(other, '/account', 'cy', password)
  },
)

test('another session is ended on a phone, and is signed out then', { skip, timeout: 240_000 }, async () => {
  await using system = await openSystem()
  await using browser = await openBrowser()
  const [here, there] = [await browser.newPage(phone), await browser.newPage()]
  await system.signInAt(there, '/account', 'cy')
  await system.signInAt(here, '/account', 'cy')
  const rows = here.getByTestId('sign-ins').getByRole('listitem')
  await rows.nth(1).waitFor()
  assert.match((await rows.filter({ hasText: '(this one)' }).textContent()) ?? '', /127\.0\.0\.1/)
  await assertAccessible(here, 'sessions on a phone')
  await here.getByRole('button', { name: /^End .* from / }).tap()
  await here.getByText('You are signed in nowhere else.').waitFor()
  assert.equal(await rows.count(), 1)
  await there.reload()
  await there.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test(
  'somebody gets another role and is removed, each after it is said what it does',
  { skip, timeout: 240_000 },
  async () => {
    await using system = await openSystem()
    await using browser = await openBrowser()
    const page = await browser.newPage()
    await system.signInAt(page, '/people', 'ana')
    await page.getByRole('button', { name: 'Change the roles of cy' }).press('Enter')
    await page.getByRole('button', { name: 'Take away viewer' }).press('Enter')
    await page.getByText('A person has a role at least.').waitFor()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Role', { exact: true }).selectOption('analyst')
    await dialog.getByRole('button', { name: 'Add' }).press('Enter')
    await page.getByText('Gained: analyst. Lost: viewer.').waitFor()
    await assertAccessible(page, 'the roles of a person')
    await dialog.getByRole('button', { name: 'Save' }).press('Enter')
    await page.getByTestId('people').getByText('analyst', { exact: true }).waitFor()
    const cookie = await system.signIn('cy')
    assert.deepEqual((await system.get('/api/v1/session', { cookie })).json<{ roles: unknown }>().roles, ['analyst'])

    await page.getByRole('button', { name: 'Remove cy' }).press('Enter')
    await page.getByText('It does not come back').waitFor()
    await assertAccessible(page, 'the question before a removal')
    await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter')
    await page.getByRole('button', { name: 'Remove cy' }).waitFor({ state: 'detached' })
    assert.equal((await system.get('/api/v1/session', { cookie })).statusCode, 401)
  },
)
