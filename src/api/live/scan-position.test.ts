// The scanner of patches beside JSON.parse: never another answer, and an answer for what cars send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shownSignals } from './position-table.ts'
import { scanPosition } from './scan-position.ts'

type Patch = { readonly receivedAt: number | null; readonly signals: Readonly<Record<string, object>> }

const bytesOf = (patch: object): Uint8Array => Buffer.from(JSON.stringify(patch))

/** By JSON.parse. */
function parsed(bytes: Uint8Array) {
  const { receivedAt, signals }: Patch = JSON.parse(Buffer.from(bytes).toString())
  const shown = shownSignals.flatMap((path) => (path in signals ? [[path, signals[path]]] : []))
  return { receivedAt, signals: Object.fromEntries(shown) }
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1_800_000_000, max: 1_800_000_000 }).map((whole) => whole / 1e6),
  fc.integer(),
)
const instant = fc.oneof({ weight: 9, arbitrary: fc.nat(2e12) }, fc.maxSafeNat())
const value = fc.oneof(
  { weight: 4, arbitrary: number },
  fc.constantFrom(null, true, '{"value":1,"at":2}', '"', 'á', ['a', '}']),
)
const more = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.constantFrom({ clock: 'sent' }, { clockDoubt: 'ahead' }, { doubt: 'jump' }),
)
const twinValue = fc.tuple(value, instant, more).map(([value, at, more]) => ({ value, at, ...more }))
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...shownSignals) },
  fc.constantFrom('Vehicle.Speed"', 'Vehicle.Speed.Average', 'Vehicle.CurrentLocation.Altitude', 'receivedAt'),
)
const patch = fc.record({
  tenant: fc.constant('ours'),
  vehicle: fc.constantFrom('car-1', 'signals'),
  at: instant,
  receivedAt: fc.oneof({ weight: 4, arbitrary: instant }, fc.constant(null)),
  carClock: fc.constantFrom(null, { boot: '37ce693d60cd697e', offsetMs: -10, state: 'right' }),
  signals: fc.dictionary(path, twinValue, { maxKeys: 6, noNullPrototype: true }),
  gone: fc.constantFrom(undefined, ['Vehicle.Speed']),
})

test('what is scanned of a patch is what parsing it gives', () => {
  let scans = 0
  fc.assert(
    fc.property(patch, (patch) => {
      const bytes = bytesOf(patch)
      const scanned = scanPosition(bytes)
      if (scanned === undefined) return
      scans++
      assert.deepEqual(scanned, parsed(bytes))
    }),
    { numRuns: 2000 },
  )
  assert.ok(scans > 100, `${scans} scans`)
})

test('bytes that are cut or changed make it neither throw nor hang', () => {
  fc.assert(
    fc.property(patch, fc.nat(), fc.nat(255), (patch, place, byte) => {
      const bytes = bytesOf(patch)
      scanPosition(bytes.subarray(0, place % bytes.length))
      bytes[place % bytes.length] = byte
      scanPosition(bytes)
    }),
    { numRuns: 500 },
  )
})

test('the patch of a car that drives is scanned, wherever its signals stand', () => {
  const at = 1_796_062_490_001
  const other = { 'Vehicle.Diagnostics.DTCList': { value: ['P0301'], at }, 'Vehicle.IsMoving': { value: true, at } }
  const shown = Object.fromEntries(
    shownSignals.map((path, index) => [path, { value: [-34.897592, -56.122086, 327, 40.8][index], at }]),
  )
  for (const signals of [{ ...shown, ...other }, { ...other, ...shown }, other, {}]) {
    const bytes = bytesOf({ tenant: 'ours', vehicle: 'car-1', at, receivedAt: at + 28, carClock: null, signals })
    assert.deepEqual(scanPosition(bytes), parsed(bytes))
    assert.notEqual(scanPosition(bytes), undefined)
  }
})
