// The city's streets, fetched and converted once for the life of the page and shared by every map
// on it.
import type { StreetMap } from '../../../src/api/contract.ts'
import { createStore } from '../live/store.ts'
import type { AreaFeatures, StreetFeatures } from './street-geojson.ts'
import type { StreetsMessage } from './streets-worker.ts'

export type City = {
  readonly bounds: StreetMap['bounds'] | null
  /** Where most of it is: what a map opens on. */
  readonly core: StreetMap['bounds'] | null
  readonly attribution: string
  readonly areas: AreaFeatures | null
  /** The main roads alone, which come first, and all streets. */
  readonly mainRoads: StreetFeatures | null
  readonly streets: StreetFeatures | null
  readonly failed: boolean
}

/** Where the map opens before the API has said: Montevideo. */
export const cityBounds: StreetMap['bounds'] = [-56.23, -34.92, -56.09, -34.83]

export const city = createStore<City>({
  bounds: null,
  core: null,
  attribution: '© OpenStreetMap contributors',
  areas: null,
  mainRoads: null,
  streets: null,
  failed: false,
})

let loading = false

/** Starts loading unless it has been done; a failure may be tried again. */
export function loadCity(): void {
  if (loading) return
  loading = true
  city.set({ ...city.get(), failed: false })
  const worker = new Worker(new URL('./streets-worker.ts', import.meta.url), { type: 'module', name: 'streets' })
  worker.addEventListener('message', ({ data }: MessageEvent<StreetsMessage>) => {
    if (data.kind === 'bounds')
      city.set({ ...city.get(), bounds: data.bounds, core: data.core, attribution: data.attribution })
    else if (data.kind === 'areas') city.set({ ...city.get(), areas: data.areas })
    else if (data.kind === 'main-roads') city.set({ ...city.get(), mainRoads: data.streets })
    else if (data.kind === 'streets') city.set({ ...city.get(), streets: data.streets })
    else {
      loading = false
      city.set({ ...city.get(), failed: true })
    }
    if (data.kind === 'failed' || data.kind === 'streets') worker.terminate()
  })
}
