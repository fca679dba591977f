// How often the map must be drawn so that cars glide: often when a pixel is half a metre, seldom
// when it is thirty. A screen that shows a whole city all day should not spin a fan for movement
// nobody can see.

export const pacingLimits = { framesPerSecondMin: 4, framesPerSecondMax: 60, stepPx: 0.5 } as const

/** Ground a pixel covers at a zoom of the 512-pixel world. Metres. */
export const metresPerPixel = (zoom: number, lat: number): number =>
  (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom)

/** Milliseconds from one frame to the next, for a car of `speedKmh` to move at most half a pixel
 *  between two. */
export function frameIntervalMs(zoom: number, lat: number, speedKmh = 60): number {
  const pixelsPerSecond = speedKmh / 3.6 / metresPerPixel(zoom, lat)
  const wanted = pixelsPerSecond / pacingLimits.stepPx
  return 1000 / Math.min(pacingLimits.framesPerSecondMax, Math.max(pacingLimits.framesPerSecondMin, wanted))
}
