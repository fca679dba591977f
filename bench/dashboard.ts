// The waits of a person: `npm start` until cars move on the map, and a signed-in visit until the
// main roads are on the screen, with the real system; and the page's script for 20,000 moving cars,
// with the dashboard's development server, which moves that many without a simulator beside it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { browserPath, openBrowser } from '../web/dev/browser.ts'
import { startSystem, temporaryFolder } from '../test/support/running-system.ts'

export const title = 'Start to cars moving, first paint of the map, script a tick with 20,000 cars'

const visits = 5

export async function run(): Promise<void> {
  if (browserPath === undefined) {
    process.stdout.write('not measured: no Chromium on this machine\n')
    return
  }
  await measureStart()
  const ticks = spawn(process.execPath, [join(import.meta.dirname, '../web/dev/measure-ticks.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(ticks, 'exit')
}

async function measureStart(): Promise<void> {
  using folder = temporaryFolder()
  await using browser = await openBrowser()
  const context = await browser.newContext({ viewport: { width: 1360, height: 850 } })
  const page = await context.newPage()
  const startedAt = performance.now()
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  await using system = await startSystem({ dataDir: folder.path, args: ['--demo'] })
  process.stdout.write(`first start, until it is announced: ${seconds()}\n`)
  await page.goto(system.setupUrl ?? '')
  const fields = page.getByRole('textbox').or(page.locator('input[type=password]'))
  await fields.nth(0).fill('ada')
  await fields.nth(1).fill('correct horse battery')
  await fields.nth(2).fill('correct horse battery')
  await page.keyboard.press('Enter')
  await page.waitForFunction(
    () =>
      Number(/\d+/.exec(document.querySelector('[data-testid=count-moving]')?.textContent ?? '')?.[0]) > 10 &&
      performance.getEntriesByName('map-painted').length > 0,
    undefined,
    { polling: 100 },
  )
  process.stdout.write(`first start, until cars move on the map: ${seconds()}, the password typed by a program\n`)
  await page.close()
  const paints: number[] = []
  for (let visit = 0; visit < visits; visit++)
    paints.push(await firstPaintMs(await context.newPage(), system.dashboardUrl))
  paints.sort((a, b) => a - b)
  process.stdout.write(
    `visit until the main roads are on the screen, 300 cars, software WebGL: median ${paints[2]?.toFixed(0)} ms, worst ${paints.at(-1)?.toFixed(0)} ms of ${visits}\n`,
  )
  await system.stop()
}

async function firstPaintMs(page: Page, url: string): Promise<number> {
  await page.goto(url)
  await page.waitForFunction(() => performance.getEntriesByName('map-painted').length > 0)
  const paintedMs = await page.evaluate(() => performance.getEntriesByName('map-painted')[0]?.startTime ?? Number.NaN)
  await page.close()
  return paintedMs
}
