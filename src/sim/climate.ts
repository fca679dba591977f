// The weather of Montevideo as a function of time: seasons and days after the city's climate means
// (INUMET 1991–2020: 23 °C in January, 11 °C in July, some 8 °C between night and day), with
// showers placed by the seed.
import { Random } from './random.ts'

export type Weather = {
  readonly temperatureC: number
  readonly humidityPercent: number
  readonly lightPercent: number
  readonly rainPercent: number
}

const hourMs = 3_600_000
/** Uruguay keeps UTC−3 all year. */
const localOffsetMs = -3 * hourMs
const yearDays = 365.25
/** A shower fills one of these blocks, or there is none. */
const showerBlockMs = 2 * hourMs

/** Hour of the local day, 0 to 24. */
export const localHour = (at: number): number => ((at + localOffsetMs) / hourMs) % 24

export function weatherAt(at: number, seed: number): Weather {
  const hour = localHour(at)
  const day = ((at + localOffsetMs) / (24 * hourMs)) % yearDays
  const season = Math.cos((2 * Math.PI * (day - 18)) / yearDays)
  const rainPercent = showerAt(at, seed)
  const temperatureC = 16.8 + 6.2 * season + 4 * Math.cos((2 * Math.PI * (hour - 15)) / 24) - rainPercent / 40
  const sun = Math.sin((Math.PI * (hour - 6 + season)) / (12 + 2 * season))
  return {
    temperatureC,
    humidityPercent: Math.min(
      100,
      Math.max(20, 72 - 14 * Math.cos((2 * Math.PI * (hour - 15)) / 24) + rainPercent / 4),
    ),
    lightPercent: Math.max(0, sun) * (rainPercent > 0 ? 40 : 100),
    rainPercent,
  }
}

function showerAt(at: number, seed: number): number {
  const block = Math.floor(at / showerBlockMs)
  const random = new Random(seed, 0x7a1d, block)
  if (!random.chance(0.12)) return 0
  const peak = random.between(15, 90)
  return Math.round(peak * Math.sin((Math.PI * (at % showerBlockMs)) / showerBlockMs))
}
