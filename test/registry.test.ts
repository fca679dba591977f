// Vehicles as people know them, in a real browser: a file of them is tried and stored, and one is
// edited and found by its new name.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { assertAccessible } from './support/accessible.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const skip = browserPath === undefined ? 'no Chromium on this machine' : false
const pictures = fileURLToPath(new URL('../test-results/', import.meta.url))

test(
  'vehicles come from a file that is tried first, and one is given a name that all see',
  { skip, timeout: 240_000 },
  async () => {
    mkdirSync(pictures, { recursive: true })
    using folder = temporaryFolder()
    await using system = await startSystem({ dataDir: join(folder.path, 'data'), args: ['--demo', '--cars', '3'] })
    await using browser = await openBrowser()
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
    page.setDefaultTimeout(30_000)
    await page.goto(system.setupUrl ?? assert.fail('no setup link'))
    const fields = page.getByRole('textbox').or(page.locator('input[type=password]'))
    await fields.nth(0).fill('ada')
    await fields.nth(1).fill('correct horse battery')
    await fields.nth(2).fill('correct horse battery')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Vehicles' }).first().click()
    const first = page.locator('a[href^="/vehicles/"]').first()
    await first.waitFor()
    const vehicle = (await first.getAttribute('href'))?.split('/').at(-1) ?? assert.fail('no vehicle')

    const wrong = join(folder.path, 'wrong.csv')
    const right = join(folder.path, 'right.csv')
    writeFileSync(wrong, `vehicle,name,year\n${vehicle},Van 1,nineteen\n`)
    writeFileSync(right, `vehicle,name,plate,year\n${vehicle},Van 1,SBA 1234,2024\nbus-9,Bus 9,,\n`)
    await page.getByRole('button', { name: 'Import …' }).click()
    const dialog = page.getByTestId('import')
    await dialog.locator('input[type=file]').setInputFiles(wrong)
    await dialog.getByText('1 with a fault').waitFor()
    await dialog.getByRole('cell', { name: 'year', exact: true }).waitFor()
    await page.screenshot({ path: `${pictures}import-fault.png` })
    await assertAccessible(page, 'a file with a fault')
    await dialog.locator('input[type=file]').setInputFiles(right)
    await dialog.getByRole('button', { name: 'Store' }).click()
    await dialog.getByText(/^Stored: /).waitFor()
    await page.keyboard.press('Escape')

    await page.goto(`${system.dashboardUrl}/vehicles/${vehicle}`)
    await page.getByText('SBA 1234').first().waitFor()
    await page.getByRole('button', { name: 'Edit …' }).click()
    const form = page.getByTestId('registry')
    await form.getByLabel('Name', { exact: true }).fill('The blue one')
    await page.screenshot({ path: `${pictures}registry-edit.png` })
    await assertAccessible(page, 'edit')
    await page.setViewportSize({ width: 390, height: 844 })
    await page.screenshot({ path: `${pictures}registry-edit-phone.png` })
    await page.setViewportSize({ width: 1360, height: 860 })
    await form.getByRole('button', { name: 'Save' }).click()
    await form.waitFor({ state: 'hidden' })
    await page.getByText('The blue one').first().waitFor()
    await page.screenshot({ path: `${pictures}registry-vehicle.png` })
    await page.goto(`${system.dashboardUrl}/vehicles`)
    await page.getByRole('searchbox').or(page.getByPlaceholder(/name/)).first().fill('BLUE')
    await page.getByText('1 match').waitFor()
    await page.getByRole('link', { name: vehicle, exact: true }).waitFor()
    assert.equal(await page.locator('a.row-link').count(), 1)
    await page.screenshot({ path: `${pictures}registry-found.png` })
    assert.equal(await system.stop(), 0)
  },
)
