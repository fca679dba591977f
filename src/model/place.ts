/** Degrees, WGS 84. */
export type Place = { readonly lat: number; readonly lon: number }
