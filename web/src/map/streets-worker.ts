// Fetches the street map and turns it into GeoJSON away from the page's thread. Bounds go first, so
// that the map can open there.
import type { StreetMap } from '../../../src/api/contract.ts'
import { areaFeatures, coreOf, streetFeatures, type AreaFeatures, type StreetFeatures } from './street-geojson.ts'

export type StreetsMessage =
  | {
      readonly kind: 'bounds'
      readonly bounds: StreetMap['bounds']
      readonly core: StreetMap['bounds']
      readonly attribution: string
    }
  | { readonly kind: 'areas'; readonly areas: AreaFeatures }
  | { readonly kind: 'main-roads' | 'streets'; readonly streets: StreetFeatures }
  | { readonly kind: 'failed'; readonly status: number }

const send = (message: StreetsMessage): void =>
  (globalThis as unknown as { postMessage(message: StreetsMessage): void }).postMessage(message)

async function load(): Promise<void> {
  const response = await fetch('/api/v1/map/streets.json').catch(() => undefined)
  if (response?.ok !== true) return send({ kind: 'failed', status: response?.status ?? 0 })
  const map = (await response.json()) as StreetMap
  send({ kind: 'bounds', bounds: map.bounds, core: coreOf(map), attribution: map.attribution })
  const wide = map.streets.filter(({ class: streetClass }) => streetClass !== 'residential')
  send({ kind: 'areas', areas: areaFeatures(map) })
  // The main roads first: they are what shows at the first zoom, and a tenth of the whole.
  send({ kind: 'main-roads', streets: streetFeatures({ streets: wide }) })
  send({ kind: 'streets', streets: streetFeatures(map) })
}

await load()
