// A walk through the dashboard of a running system, with pictures: sets it up or signs in, then
// map, car, trip and the rest:
//   node web/dev/tour.ts FOLDER http://127.0.0.1:8080/setup?token=…      (or the plain address, and sign in with --name and --password)
import { mkdir } from 'node:fs/promises'
import { openBrowser } from './browser.ts'
import { picturesFolder, readCommandLine } from './command-line.ts'

const { values, positionals } = readCommandLine(
  'tour.ts [FOLDER [ADDRESS]] [--name NAME] [--password PASSWORD] [--width PX] [--height PX]',
  {
    name: { type: 'string', default: 'admin' },
    password: { type: 'string', default: 'correct horse battery' },
    width: { type: 'string', default: '1280' },
    height: { type: 'string', default: '800' },
  },
  2,
)
const [folder = picturesFolder('tour'), address = 'http://127.0.0.1:8080'] = positionals
const { origin, pathname } = new URL(address)
await mkdir(folder, { recursive: true })
await using browser = await openBrowser()
const context = await browser.newContext({
  viewport: { width: Number(values.width), height: Number(values.height) },
  colorScheme: 'light',
})
const page = await context.newPage()
page.on('console', (message) => {
  if (message.type() === 'error') console.log(`${page.url()}: ${message.text()}`)
})
page.on('pageerror', (error) => console.log(`${page.url()}: ${error.message}`))

const shot = async (name: string): Promise<void> => void (await page.screenshot({ path: `${folder}/${name}.png` }))
const settle = (ms = 1500): Promise<void> => page.waitForTimeout(ms)

await page.goto(address)
await page.getByLabel('Name').fill(values.name)
await page.getByLabel('Password', { exact: true }).fill(values.password)
if (pathname === '/setup') {
  await page.getByLabel('Password again').fill(values.password)
  await shot('setup')
}
await page.getByRole('button', { name: /Create the account|Sign in/ }).click()
await page.waitForFunction(() => performance.getEntriesByName('map-painted').length > 0)
await settle(4000)
await shot('map')

await page.goto(`${origin}/vehicles`)
await page.locator('tbody a.row-link').first().waitFor()
await settle()
await shot('vehicles')
const vehicle =
  (await page.locator('tbody tr', { hasText: 'Moving' }).first().locator('a.row-link').textContent()) ?? ''
await page.goto(`${origin}/?vehicle=${vehicle}&follow=1`)
await page.getByTestId('car-card').waitFor()
await settle(6000)
await shot('car')
await page.goto(`${origin}/vehicles/${vehicle}`)
await settle()
await shot('vehicle')
for (const tab of ['Track', 'Trips', 'Messages', 'Ledger']) {
  await page.getByRole('tab', { name: tab }).click()
  await settle()
  await shot(`vehicle-${tab.toLowerCase()}`)
}
await page.goto(`${origin}/trips`)
await settle()
await shot('trips')
const longest = await page.evaluate(async () => {
  const { rows } = (await (await fetch('/api/v1/trips?limit=500')).json()) as {
    rows: { id: string; distanceM: number; fuelL: number | null }[]
  }
  return rows.filter(({ fuelL }) => fuelL !== null).sort((one, other) => other.distanceM - one.distanceM)[0]?.id
})
if (longest !== undefined) {
  await page.goto(`${origin}/trips/${longest}`)
  await page.getByRole('slider').waitFor()
  await settle(3000)
  const slider = page.getByRole('slider')
  await slider.fill(String(Math.round(Number(await slider.getAttribute('max')) * 0.4)))
  await page.getByTestId('trip-figures').scrollIntoViewIfNeeded()
  await settle(600)
  await shot('trip')
}
await page.goto(`${origin}/alerts`)
await settle()
await shot('alerts')
await page.goto(`${origin}/system`)
await settle()
await shot('system')
await page.emulateMedia({ colorScheme: 'dark' })
await page.goto(origin)
await page.waitForFunction(() => performance.getEntriesByName('map-painted').length > 0)
await settle(4000)
await shot('map-dark')
await page.setViewportSize({ width: 390, height: 844 })
await page.reload()
await settle(5000)
await shot('map-phone')
