// Script time of a tick on the page's thread, and the time to the first map, with many moving cars:
//   node web/dev/measure-ticks.ts [--cars 20000] [--seconds 20]        (build first: vite build web)
import { cpus } from 'node:os'
import { openBrowser } from './browser.ts'
import { readCommandLine } from './command-line.ts'
import { openMockApi } from './mock-api.ts'

const { values } = readCommandLine('measure-ticks.ts [--cars N] [--seconds N]', {
  cars: { type: 'string', default: '20000' },
  seconds: { type: 'string', default: '20' },
})
await using api = await openMockApi({ port: 0, cars: Number(values.cars) })
await using browser = await openBrowser()
const context = await browser.newContext({ viewport: { width: 1360, height: 850 } })
await context.addCookies([{ name: 'mock', value: '1', url: api.origin }])
const page = await context.newPage()
await page.goto(api.origin)
await page.waitForFunction(() => performance.getEntriesByName('map-painted').length > 0)
// A few of the mock's cars have no place that is believed.
await page.waitForFunction(
  (cars) =>
    Number(document.querySelector('[data-testid=count-all] .count-value')?.textContent?.replaceAll(',', '')) >=
    0.99 * cars,
  Number(values.cars),
)
const client = await context.newCDPSession(page)
await client.send('Performance.enable')
const scriptSeconds = async (): Promise<number> =>
  (await client.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0
await page.evaluate(() => performance.clearMeasures('cars-tick'))
const scriptBefore = await scriptSeconds()
await page.waitForTimeout(Number(values.seconds) * 1000)
const script = (await scriptSeconds()) - scriptBefore
const { ticks, firstPaint, painted, heapBytes } = await page.evaluate(() => ({
  ticks: performance.getEntriesByName('cars-tick').map(({ duration }) => duration),
  firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  painted: performance.getEntriesByName('map-painted')[0]?.startTime ?? 0,
  heapBytes: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
}))
ticks.sort((a, b) => a - b)
const at = (part: number): string =>
  (ticks[Math.min(ticks.length - 1, Math.floor(part * ticks.length))] ?? 0).toFixed(2)
console.log(
  `${values.cars} cars, ${ticks.length} ticks in ${values.seconds} s, ${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}, ${new Date().toISOString().slice(0, 10)}`,
)
console.log(`cars-tick ms: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, most ${at(1)}`)
console.log(
  `all script of the page: ${((script * 1000) / ticks.length).toFixed(2)} ms a tick; first paint ${firstPaint.toFixed(0)} ms; streets on the screen ${painted.toFixed(0)} ms; heap ${(heapBytes / 1e6).toFixed(0)} MB`,
)
