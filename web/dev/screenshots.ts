// Pictures of every view in light, dark and phone width, and what axe-core finds in them:
//   node web/dev/screenshots.ts [FOLDER [VIEW …]]        (build first: vite build web)
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { picturesFolder, readCommandLine } from './command-line.ts'
import type { SystemState } from '../../src/api/contract.ts'
import { openMockApi } from './mock-api.ts'
import { unknownRoom } from './mock-room.ts'

const { positionals } = readCommandLine('screenshots.ts [FOLDER [VIEW …]]', {}, 100)
const [folder = picturesFolder('screenshots'), ...only] = positionals
await mkdir(folder, { recursive: true })
await using api = await openMockApi({ port: 0, cars: 1500 })
await using fresh = await openMockApi({ port: 0, cars: 1, fresh: true, trips: 0 })
const fiji = { lat: -17.713, lon: 178.065 }
const samoa = { lat: -13.833, lon: -171.767 }
await using one = await openMockApi({ port: 0, cars: 1, trips: 0, standing: [fiji] })
await using pacific = await openMockApi({ port: 0, cars: 2, trips: 0, standing: [fiji, samoa] })
await using empty = await openMockApi({ port: 0, cars: 0, trips: 0 })
await using far = await openMockApi({ port: 0, cars: 300, trips: 0, standing: [{ lat: 52.52, lon: 13.405 }] })
await using browser = await openBrowser()
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const wait = (page: Page, ms: number): Promise<void> => page.waitForTimeout(ms)
const trip = async (page: Page): Promise<string> =>
  page.evaluate(
    async () => ((await (await fetch('/api/v1/trips?limit=5')).json()) as { rows: { id: string }[] }).rows[2]?.id ?? '',
  )

const views: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  setup: async (page) => void (await page.goto(`${fresh.origin}/setup?token=${fresh.token}`)),
  login: async (page) => {
    await page.context().clearCookies()
    await page.goto(`${api.origin}/vehicles`)
  },
  map: async (page) => {
    await page.goto(api.origin)
    await wait(page, 2500)
  },
  ...Object.fromEntries(
    Object.entries({ all: api, one, pacific, far, empty }).map(([name, { origin }]) => [
      `map-show-${name}`,
      async (page: Page) => {
        await page.context().addCookies([{ name: 'mock', value: '1', url: origin }])
        await page.goto(origin)
        await wait(page, 3000)
        await page.getByRole('button', { name: 'Show all' }).click()
        await wait(page, 6000)
      },
    ]),
  ),
  'map-car': async (page) => {
    await page.goto(`${api.origin}/?vehicle=car-00007&follow=1`)
    await wait(page, 4000)
  },
  'map-no-position': async (page) => {
    await page.goto(`${api.origin}/?vehicle=car-00010`)
    await wait(page, 3000)
  },
  'map-doubted': async (page) => {
    await page.goto(`${api.origin}/?vehicle=car-00019`)
    await wait(page, 3000)
  },
  'map-search': async (page) => {
    await page.goto(`${api.origin}/?search=0012`)
    await wait(page, 2000)
  },
  toast: async (page) => {
    await page.goto(api.origin)
    await wait(page, 1500)
    api.announceCrash()
    await wait(page, 700)
  },
  vehicles: async (page) => void (await page.goto(`${api.origin}/vehicles`)),
  'vehicles-none': async (page) => void (await page.goto(`${api.origin}/vehicles?search=zzz`)),
  vehicle: async (page) => void (await page.goto(`${api.origin}/vehicles/car-00007`)),
  'vehicle-own-signals': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00007`)
    await page.getByRole('region', { name: 'Acme' }).evaluate((card) => card.scrollIntoView())
  },
  'vehicle-series': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00007?signal=Vehicle.Acme.Cargo.Temperature`)
    await page.locator('.series-plot canvas').waitFor()
    await page.getByTestId('signal-series').evaluate((card) => card.scrollIntoView())
  },
  'vehicle-series-week': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00007?signal=Vehicle.TraveledDistance&span=week`)
    await page.locator('.series-plot canvas').waitFor()
  },
  'vehicle-series-ahead': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00011?signal=Vehicle.Speed&span=day`)
    await page.locator('.series-plot canvas').waitFor()
  },
  'vehicle-series-none': async (page) =>
    void (await page.goto(`${api.origin}/vehicles/car-00007?signal=Vehicle.Acme.Cargo.Load`)),
  'vehicle-series-failed': async (page) => {
    await page.route('**/series?*', (route) =>
      route.fulfill({ status: 503, json: { detail: 'Storage does not answer right now.' } }),
    )
    await page.goto(`${api.origin}/vehicles/car-00007?signal=Vehicle.Speed`)
    await page.getByRole('button', { name: 'Try again' }).waitFor()
  },
  'vehicle-no-position': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00010`)),
  'vehicle-doubted': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00019`)),
  'vehicle-doubted-ledger': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00019?tab=ledger`)
    await page.getByTestId('anomalies').evaluate((card) => card.scrollIntoView())
  },
  'vehicle-clock-ahead': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00011`)),
  'vehicle-other-clocks': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00014`)),
  'vehicle-recording': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00012`)),
  'vehicle-clock-behind': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00013`)),
  'map-clock-ahead': async (page) => {
    await page.goto(`${api.origin}/?vehicle=car-00011`)
    await wait(page, 3000)
  },
  'map-recording': async (page) => {
    await page.goto(`${api.origin}/?vehicle=car-00012`)
    await wait(page, 3000)
  },
  'vehicle-silent': async (page) => {
    await page.goto(`${api.origin}/vehicles?state=silent`)
    await page.locator('tbody a.row-link').first().click()
  },
  'vehicle-track': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00007?tab=track`)
    await wait(page, 2000)
  },
  'vehicle-messages': async (page) => {
    await page.goto(`${api.origin}/vehicles/car-00007?tab=messages`)
    await page.locator('summary').first().click()
  },
  'vehicle-ledger': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00004?tab=ledger`)),
  'vehicle-trips': async (page) => void (await page.goto(`${api.origin}/vehicles/car-00007?tab=trips`)),
  trips: async (page) => void (await page.goto(`${api.origin}/trips`)),
  trip: async (page) => {
    await page.goto(`${api.origin}/trips/${await trip(page)}`)
    await wait(page, 2500)
    await page.getByRole('slider').fill('240000')
    await wait(page, 400)
  },
  alerts: async (page) => void (await page.goto(`${api.origin}/alerts`)),
  alert: async (page) => {
    await page.goto(`${api.origin}/alerts`)
    await page.locator('.alert-row').nth(1).click()
    await wait(page, 2000)
  },
  system: async (page) => void (await page.goto(`${api.origin}/system`)),
  'system-damaged': async (page) => {
    await page.route('**/api/v1/system', async (route) => {
      const response = await route.fetch()
      const damaged = [
        { topic: 'telemetry', partition: 3, from: 182_004, to: 182_260, records: null, foundAt: Date.now() - 90_000 },
        { topic: 'trip', partition: 0, from: 811, to: 840, records: 29, foundAt: Date.now() - 7_200_000 },
      ]
      await route.fulfill({ response, json: { ...((await response.json()) as object), damaged } })
    })
    await page.goto(`${api.origin}/system`)
    await page.getByTestId('damaged').evaluate((card) => card.scrollIntoView())
  },
  'system-room': async (page) => {
    await page.goto(`${api.origin}/system`)
    await page.getByTestId('room').evaluate((card) => card.scrollIntoView())
  },
  'system-room-unknown': async (page) => {
    await page.route('**/api/v1/system', async (route) => {
      const response = await route.fetch()
      const state = (await response.json()) as SystemState
      await route.fulfill({ response, json: { ...state, room: unknownRoom(state.room) } })
    })
    await page.goto(`${api.origin}/system`)
    await page.getByTestId('room').evaluate((card) => card.scrollIntoView())
  },
  'system-room-null': async (page) => {
    await page.route('**/api/v1/system', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...((await response.json()) as object), room: null } })
    })
    await page.goto(`${api.origin}/system`)
    await page.getByTestId('room').evaluate((card) => card.scrollIntoView())
  },
  'system-publishers': async (page) => {
    await page.goto(`${api.origin}/system`)
    await page.getByTestId('publishers').evaluate((card) => card.scrollIntoView())
  },
  'system-anomalies': async (page) => {
    await page.goto(`${api.origin}/system`)
    await page.locator('[data-testid=fleet-anomalies] summary').first().click()
    await page.getByTestId('fleet-anomalies').evaluate((card) => card.scrollIntoView())
  },
  'system-calm': async (page) => {
    await page.context().addCookies([{ name: 'mock', value: '1', url: one.origin }])
    await page.goto(`${one.origin}/system`)
    await page.getByTestId('ledger-totals').evaluate((card) => card.scrollIntoView())
  },
  session: async (page) => void (await page.goto(`${api.origin}/system?session=demo%2Fcar-00007`)),
  'session-away': async (page) => void (await page.goto(`${api.origin}/system?session=demo%2Fcar-00003&state=away`)),
  'session-end': async (page) => {
    await page.goto(`${api.origin}/system?session=demo%2Fcar-00007`)
    await page.getByRole('button', { name: 'End session …' }).click()
  },
  'session-gone': async (page) => void (await page.goto(`${api.origin}/system?session=demo%2Fnobody`)),
  'sessions-none': async (page) => {
    await page.goto(`${api.origin}/system?search=zzz`)
    await page.getByTestId('sessions').scrollIntoViewIfNeeded()
  },
  'sessions-no-gateway': async (page) => {
    await page.goto(`${api.origin}/system?search=gateway`)
    await wait(page, 2500)
    await page.getByTestId('sessions').scrollIntoViewIfNeeded()
  },
  sessions: async (page) => {
    await page.goto(`${api.origin}/system`)
    await page.getByTestId('sessions').evaluate((card) => card.scrollIntoView())
  },
  'reason-codes': async (page) => {
    await page.goto(`${api.origin}/system`)
    await page.getByText('Codes that are no errors').click()
    await page.getByTestId('reason-codes').evaluate((card) => card.scrollIntoView())
  },
  menu: async (page) => {
    await page.goto(`${api.origin}/system`)
    await page.getByRole('button', { name: /Account/ }).click()
  },
  account: async (page) => void (await page.goto(`${api.origin}/account`)),
  people: async (page) => void (await page.goto(`${api.origin}/people`)),
  'person-roles': async (page) => {
    await page.goto(`${api.origin}/people`)
    await page.getByRole('button', { name: 'Change the roles of bo' }).click()
  },
  'person-remove': async (page) => {
    await page.goto(`${api.origin}/people`)
    await page.getByRole('button', { name: 'Remove bo' }).click()
  },
  'not-found': async (page) => void (await page.goto(`${api.origin}/nowhere`)),
  'no-vehicle': async (page) => void (await page.goto(`${api.origin}/vehicles/nobody`)),
  down: async (page) => {
    await page.route('**/api/**', (route) => route.abort())
    await page.goto(api.origin)
    await wait(page, 2500)
  },
}

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1360, height: 850 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1360, height: 850 } },
  {
    name: 'phone',
    colorScheme: 'light',
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    deviceScaleFactor: 2,
  },
] as const

let findings = 0
for (const { name: look, ...options } of looks) {
  const signedIn = await browser.newContext({ ...options, baseURL: api.origin })
  await signedIn.addCookies([{ name: 'mock', value: '1', url: api.origin }])
  for (const [name, open] of Object.entries(views)) {
    if (only.length > 0 && !only.includes(name)) continue
    const context = name === 'setup' || name === 'login' ? await browser.newContext(options) : signedIn
    const page = await context.newPage()
    page.on('console', (message) => {
      if (
        ['error', 'warning'].includes(message.type()) &&
        !/GPU stall|401|404|503|ERR_FAILED|ReadPixels/.test(message.text())
      )
        console.log(`${look} ${name}: ${message.type()} ${message.text()}`)
    })
    page.on('pageerror', (error) => console.log(`${look} ${name}: ${error.message}`))
    if (name === 'trip') await page.goto(`${api.origin}/system`)
    await open(page)
    await wait(page, 700)
    await page.screenshot({ path: `${folder}/${name}-${look}.png` })
    // The page's policy lets no script in but its own: axe comes through the debugger.
    await page.evaluate(axe)
    const violations = await page.evaluate(async () => {
      const run = (
        globalThis as unknown as {
          axe: {
            run(): Promise<{
              violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
            }>
          }
        }
      ).axe
      return (await run.run()).violations.map(({ id, impact, nodes }) => ({
        id,
        impact,
        html: nodes.slice(0, 2).map((node) => `${node.html.slice(0, 160)} :: ${node.failureSummary.slice(0, 220)}`),
      }))
    })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (wide > 0) console.log(`${look} ${name}: ${wide} px wider than the screen`)
    for (const { id, impact, html } of violations) {
      findings++
      console.log(`${look} ${name}: axe ${impact} ${id}\n   ${html.join('\n   ')}`)
    }
    await page.close()
    if (context !== signedIn) await context.close()
  }
  await signedIn.close()
}
console.log(`${findings} findings of axe`)
