// A person signs in at an identity provider, in a real browser: from the sign-in page there and
// back to where he was.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/base/port.testing.ts'
import { openTestIdentityProvider } from '../src/identity/openid-provider.testing.ts'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const skip = browserPath === undefined ? 'no Chromium on this machine' : false
const pictures = fileURLToPath(new URL('../test-results/', import.meta.url))

test('who has a company account signs in with it, by keyboard, and is where he was', { skip }, async () => {
  mkdirSync(pictures, { recursive: true })
  using folder = temporaryFolder()
  // Before the system starts: the provider must know where to send browsers back.
  const httpPort = await freePort()
  const secretFile = join(folder.path, 'secret')
  const people = {
    ana: { name: 'Ana', groups: ['fleet-admins'] },
    bo: { name: 'Bo', groups: ['chess'] },
  }
  const origin = `http://127.0.0.1:${httpPort}`
  await using there = await openTestIdentityProvider(`${origin}/api/v1/session/identity-provider/return`, people)
  writeFileSync(secretFile, there.client.clientSecret)
  await using system = await startSystem({
    dataDir: join(folder.path, 'data'),
    httpPort,
    settings: {
      ROADSTREAM_OIDC_ISSUER: there.issuer,
      ROADSTREAM_OIDC_CLIENT: there.client.clientId,
      ROADSTREAM_OIDC_SECRET_FILE: secretFile,
      ROADSTREAM_OIDC_ROLES: 'fleet-admins=administrator',
    },
  })
  await using browser = await openBrowser()
  const signIn = async (name: string) => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${origin}/system`)
    const link = page.getByRole('link', { name: 'Sign in with your company account' })
    await link.waitFor()
    await page.screenshot({ path: `${pictures}sign-in-elsewhere.png` })
    await assertAccessible(page, 'sign-in')
    await link.focus()
    await page.keyboard.press('Enter')
    // The provider's own pages: a name, any password, and consent.
    await page.locator('input[name=login]').fill(name)
    await page.locator('input[name=password]').fill('any')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Continue' }).click()
    return page
  }
  const ana = await signIn('ana')
  await ana.waitForURL(`${origin}/system`)
  await ana.getByRole('button', { name: 'Account of Ana' }).waitFor()
  const bo = await signIn('bo')
  await bo.getByRole('alert').getByText('have no role here').waitFor()
  await bo.setViewportSize({ width: 390, height: 844 })
  await bo.screenshot({ path: `${pictures}no-role-phone.png` })
  await assertAccessible(bo, 'no role')
  assert.equal(await system.stop(), 0)
})
