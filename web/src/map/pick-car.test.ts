import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anchor, carStride, column, type CarFrame } from '../live/car-columns.ts'
import { frameIntervalMs, metresPerPixel, pacingLimits } from './frame-pacing.ts'
import { distanceM, latOfMercator, lonOfMercator, mercatorX, mercatorY } from './mercator.ts'
import { carsInView, carsNear, project, worldsBetween, type View } from './pick-car.ts'

/** A view of a thousand pixels square whose middle is the anchor: 1e6 pixels to the unit of
 *  Mercator. */
const scale = 2 * 1000
const view: View = {
  matrix: [scale, 0, 0, 0, 0, -scale, 0, 0, 0, 0, 1, 0, -scale * anchor.x, scale * anchor.y, 0, 1],
  widthPx: 1000,
  heightPx: 1000,
  worlds: [0],
}

function frameOf(cars: readonly { readonly x: number; readonly y: number; readonly shown?: boolean }[]): CarFrame {
  const floats = new Float32Array(cars.length * carStride)
  cars.forEach(({ x, y, shown = true }, slot) => {
    const base = slot * carStride
    floats[base + column.fromX] = floats[base + column.toX] = x
    floats[base + column.fromY] = floats[base + column.toY] = y
    floats[base + column.shown] = shown ? 1 : 0
  })
  return { floats, count: cars.length, epochAt: 0 }
}

const pixel = 1e-6

test('the anchor is in the middle, east is right and south is down', () => {
  assert.deepEqual(project(view, anchor), { x: 500, y: 500 })
  const southEast = project(view, { x: anchor.x + 100 * pixel, y: anchor.y + 50 * pixel })
  assert.ok(Math.abs(southEast.x - 600) < 1e-6 && Math.abs(southEast.y - 550) < 1e-6)
})

test('the nearest car under the pointer comes first, hidden ones never', () => {
  const frame = frameOf([
    { x: 12 * pixel, y: 0 },
    { x: 3 * pixel, y: 0 },
    { x: 0, y: 0, shown: false },
    { x: 90 * pixel, y: 0 },
  ])
  assert.deepEqual(carsNear(frame, view, { x: 500, y: 500 }, 18, 0), [1, 0])
  assert.deepEqual(carsNear(frame, view, { x: 300, y: 300 }, 18, 0), [])
})

test('cars in view are walked from left to right', () => {
  const frame = frameOf([
    { x: 400 * pixel, y: 0 },
    { x: -400 * pixel, y: 0 },
    { x: 900 * pixel, y: 0 },
  ])
  assert.deepEqual(carsInView(frame, view, 0), [1, 0])
})

test('a car is picked where it is drawn, in the middle of its glide', () => {
  const frame = frameOf([{ x: 0, y: 0 }])
  frame.floats[column.toX] = 200 * pixel
  frame.floats[column.startS] = 0
  frame.floats[column.durationS] = 1
  assert.deepEqual(carsNear(frame, view, { x: 600, y: 500 }, 5, 500), [0])
  assert.deepEqual(carsNear(frame, view, { x: 500, y: 500 }, 5, 500), [])
})

test('a car is picked in every copy of the world that is in view, and is one car', () => {
  const frame = frameOf([{ x: 200 * pixel, y: 0 }])
  // Seen from one turn further east.
  const east: View = {
    ...view,
    matrix: [...Array.from(view.matrix).slice(0, 12), -scale * (anchor.x + 1), scale * anchor.y, 0, 1],
    worlds: [1],
  }
  assert.deepEqual(carsNear(frame, east, { x: 700, y: 500 }, 5, 0), [0])
  assert.deepEqual(carsNear(frame, { ...east, worlds: [0] }, { x: 700, y: 500 }, 5, 0), [])
  assert.deepEqual(carsInView(frame, { ...east, worlds: [0, 1, 1] }, 0), [0])
})

test('the worlds in view are those between its edges', () => {
  assert.deepEqual(worldsBetween(-60, -50), [0])
  assert.deepEqual(worldsBetween(-180, 180), [0])
  assert.deepEqual(worldsBetween(170, 190), [0, 1])
  assert.deepEqual(worldsBetween(-190, -170), [-1, 0])
  assert.deepEqual(worldsBetween(-400, 400), [-1, 0, 1])
})

test('Mercator and back is the same place', () => {
  for (const [lat, lon] of [
    [-34.9, -56.16],
    [0, 0],
    [84, 179.9],
  ] as const) {
    assert.ok(Math.abs(latOfMercator(mercatorY(lat)) - lat) < 1e-9)
    assert.ok(Math.abs(lonOfMercator(mercatorX(lon)) - lon) < 1e-9)
  }
  assert.ok(Math.abs(distanceM(-34.9, -56.16, -34.9, -56.15) - 911.97) < 1)
})

test('the map is drawn no oftener than movement can be seen', () => {
  assert.equal(frameIntervalMs(10, -34.9), 1000 / pacingLimits.framesPerSecondMin)
  assert.equal(frameIntervalMs(19, -34.9), 1000 / pacingLimits.framesPerSecondMax)
  const zoom = 15
  const movedPx = (60 / 3.6 / metresPerPixel(zoom, -34.9)) * (frameIntervalMs(zoom, -34.9) / 1000)
  assert.ok(movedPx <= pacingLimits.stepPx + 1e-9)
})
