// How the city looks: layers from a palette, so that light and dark are one style. Names are drawn
// with the reader's own fonts; there is no glyph server.
import type {
  ExpressionSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
  LineLayerSpecification,
  StyleSpecification,
} from 'maplibre-gl'

/** A street has two colours: `far`, a line against the ground, and `near`, a surface with a
 *  casing. */
type Near = { readonly far: string; readonly near: string }

export type MapPalette = {
  readonly ground: string
  readonly water: string
  readonly park: string
  readonly residential: Near
  readonly secondary: Near
  readonly primary: Near
  readonly motorway: Near
  readonly casing: string
  readonly name: string
  readonly nameHalo: string
}

export const mapPalettes: Readonly<Record<'light' | 'dark', MapPalette>> = {
  light: {
    ground: '#f2f3f5',
    water: '#c5d7e8',
    park: '#dbe8d8',
    residential: { far: '#dde1e7', near: '#ffffff' },
    secondary: { far: '#cdd3dc', near: '#ffffff' },
    primary: { far: '#b9c2ce', near: '#ffffff' },
    motorway: { far: '#aab5c4', near: '#fdf3dc' },
    casing: '#d3d8e0',
    name: '#4f5968',
    nameHalo: '#ffffff',
  },
  dark: {
    ground: '#11151b',
    water: '#10263c',
    park: '#142420',
    residential: { far: '#222934', near: '#262e3a' },
    secondary: { far: '#2c3542', near: '#313b49' },
    primary: { far: '#3a4555', near: '#3d4858' },
    motorway: { far: '#485365', near: '#4b5768' },
    casing: '#0c0f14',
    name: '#97a2b3',
    nameHalo: '#11151b',
  },
}

const widths = {
  residential: [10, 0.35, 13, 0.9, 15, 3.2, 17, 9, 19, 30],
  secondary: [10, 0.5, 13, 1.8, 15, 5, 17, 13, 19, 40],
  primary: [9, 0.6, 13, 2.6, 15, 6.5, 17, 16, 19, 46],
  motorway: [8, 0.8, 13, 3.2, 15, 7.5, 17, 18, 19, 50],
} as const
type RoadClass = keyof typeof widths
const roadClasses: readonly RoadClass[] = ['residential', 'secondary', 'primary', 'motorway']

const widthOf = (road: RoadClass, extra: number): ['interpolate', ['exponential', number], ['zoom'], ...number[]] => [
  'interpolate',
  ['exponential', 1.6],
  ['zoom'],
  ...widths[road].map((value, index) => (index % 2 === 0 ? value : value + extra)),
]

/** Fonts by name, as CSS has them. MapLibre takes a stack and the last word of it as the weight. */
const labelFont = ['system-ui', '-apple-system', 'Segoe UI', 'Roboto', 'sans-serif']

function roadLayers(road: RoadClass): LayerSpecification[] {
  const common: Pick<LineLayerSpecification, 'type' | 'source' | 'filter' | 'layout'> = {
    type: 'line',
    source: 'streets',
    filter: ['==', ['get', 'class'], road],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
  }
  return [
    { ...common, id: `${road}-casing`, minzoom: 13, paint: { 'line-width': widthOf(road, 1.4) } },
    { ...common, id: road, paint: { 'line-width': widthOf(road, 0) } },
  ]
}

function nameLayer(id: string, roads: readonly RoadClass[], minzoom: number): LayerSpecification {
  return {
    id,
    type: 'symbol',
    source: 'streets',
    minzoom,
    filter: ['all', ['in', ['get', 'class'], ['literal', roads]], ['has', 'name'], ['!=', ['get', 'name'], null]],
    layout: {
      'symbol-placement': 'line',
      'symbol-spacing': 420,
      'text-field': ['get', 'name'],
      'text-font': labelFont,
      'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10.5, 17, 13],
      'text-max-angle': 30,
      'text-padding': 6,
    },
    paint: { 'text-halo-width': 1.4 },
  }
}

const source: GeoJSONSourceSpecification = {
  type: 'geojson',
  data: { type: 'FeatureCollection', features: [] },
  tolerance: 0.3,
  maxzoom: 15,
}

function layers(): LayerSpecification[] {
  const roads = roadClasses.map(roadLayers)
  return [
    { id: 'ground', type: 'background' },
    { id: 'park', type: 'fill', source: 'areas', filter: ['==', ['get', 'class'], 'park'] },
    { id: 'water', type: 'fill', source: 'areas', filter: ['==', ['get', 'class'], 'water'] },
    ...roads.flatMap(([casing]) => (casing === undefined ? [] : [casing])),
    ...roads.flatMap(([, road]) => (road === undefined ? [] : [road])),
    nameLayer('names-main', ['motorway', 'primary', 'secondary'], 12.5),
    nameLayer('names-small', ['residential'], 15),
  ]
}

const streetColour = ({ far, near }: Near): ExpressionSpecification => [
  'interpolate',
  ['linear'],
  ['zoom'],
  12.5,
  far,
  14,
  near,
]

/** The colour of each layer, as the paint property that carries it. Changing the theme sets only
 *  these. */
export function paintOf(
  palette: MapPalette,
): readonly (readonly [layer: string, property: string, colour: string | ExpressionSpecification])[] {
  return [
    ['ground', 'background-color', palette.ground],
    ['park', 'fill-color', palette.park],
    ['water', 'fill-color', palette.water],
    ...roadClasses.flatMap((road) => [
      [`${road}-casing`, 'line-color', palette.casing] as const,
      [road, 'line-color', streetColour(palette[road])] as const,
    ]),
    ...['names-main', 'names-small'].flatMap((layer) => [
      [layer, 'text-color', palette.name] as const,
      [layer, 'text-halo-color', palette.nameHalo] as const,
    ]),
  ]
}

export function cityStyle(palette: MapPalette): StyleSpecification {
  const painted = new Map(layers().map((layer) => [layer.id, layer]))
  for (const [id, property, colour] of paintOf(palette)) {
    const layer = painted.get(id)
    if (layer !== undefined)
      painted.set(id, { ...layer, paint: { ...layer.paint, [property]: colour } } as LayerSpecification)
  }
  return { version: 8, sources: { streets: source, areas: source }, layers: [...painted.values()] }
}
