// The form of city/*.json.gz: one JSON object in columns, so that it compresses well. A line is a
// flat list of whole numbers of 1e-7 degrees (what OpenStreetMap keeps): first lon, lat, then
// differences. Equal numbers = the same point, which is how roads join.

export const cityFormat = 'roadstream-city/1'
export const cityAttribution = '© OpenStreetMap contributors'
export const cityUnitsPerDegree = 1e7

/** The values of OpenStreetMap's `highway` that cars drive on here; a way's class is a place in
 *  this list. */
export const roadClasses = [
  'trunk',
  'trunk_link',
  'primary',
  'primary_link',
  'secondary',
  'secondary_link',
  'tertiary',
  'tertiary_link',
  'unclassified',
  'residential',
  'living_street',
] as const

export type RoadClass = (typeof roadClasses)[number]

/** Bits of `ways.flags`. */
export const wayFlag = { oneway: 1, roundabout: 2, tunnel: 4, unpaved: 8, cobbled: 16 } as const

export type CityFile = {
  readonly format: typeof cityFormat
  readonly name: string
  readonly attribution: string
  readonly licence: string
  readonly source: string
  readonly names: string[]
  /** Columns of equal length. A way that a tile border cut in two has two lines. */
  readonly ways: {
    readonly class: number[]
    /** Place in `names` plus one; 0 = no name. */
    readonly name: number[]
    /** 0 = not stated. */
    readonly limitKmh: number[]
    /** In both directions together; 0 = not stated. */
    readonly lanes: number[]
    readonly flags: number[]
    readonly lines: number[][][]
  }
  /** Traffic signals, stop and give-way signs, speed bumps, fuel stations. */
  readonly points: {
    readonly signals: number[]
    readonly stops: number[]
    readonly bumps: number[]
    readonly fuel: number[]
  }
  /** Like `ways.name`. */
  readonly fuelNames: number[]
  readonly areas: { readonly class: ('water' | 'park')[]; readonly rings: number[][][] }
}
