import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TwinValue } from '../model/twin.ts'
import { addPatch, paths, type KnownVehicle } from './known-vehicle.ts'
import { configTopic, homeAssistantMessages, presence, removalOf } from './messages.ts'

const at = Date.parse('2026-03-04T05:06:07.250Z')
const known = (
  values: Readonly<Partial<Record<keyof typeof paths, number | Partial<TwinValue>>>>,
  before: KnownVehicle = {},
): KnownVehicle => {
  const signals = Object.entries(values).map(([name, value]) => [
    paths[name as keyof typeof paths],
    typeof value === 'object' ? { value: null, at, ...value } : { value, at },
  ])
  return addPatch(before, { signals: Object.fromEntries(signals) as Record<string, TwinValue> }) ?? before
}
const told = (vehicle: string, of: KnownVehicle, now = at): Record<string, unknown> =>
  Object.fromEntries(
    homeAssistantMessages(vehicle, of, now).map(({ topic, payload }) => [topic.split('/').at(-1), JSON.parse(payload)]),
  )

const example = new URL('../../../shared/dialects/home-assistant-discovery.json', import.meta.url)
type Example = { readonly messages: readonly { readonly topic: string; readonly payload: string }[] }

test(
  'what is told is what Home Assistant wants, by the example of its dialect',
  { skip: existsSync(example) ? false : 'the examples are not here' },
  () => {
    const { messages } = JSON.parse(readFileSync(example, 'utf8')) as Example
    // Topics of ours are our choice, and one says for all vehicles whether we are there.
    const wanted = messages
      .filter(({ topic }) => !topic.endsWith('/availability'))
      .map(({ topic, payload }) => [
        topic.replace(/^ha\//, 'roadstream/ha/'),
        JSON.parse(payload.replaceAll('"ha/', '"roadstream/ha/').replace('ha/car-7/avail', 'ha/avail')),
      ])
    const car = known({
      speed: 63,
      odometer: 187_654_300,
      battery: 71.5,
      latitude: -34.9055,
      longitude: -56.1913,
      accuracy: 12,
    })
    assert.deepEqual(
      homeAssistantMessages('car-7', car, at).map(({ topic, payload }) => [topic, JSON.parse(payload)]),
      wanted,
    )
    assert.deepEqual(
      messages.filter(({ topic }) => topic.endsWith('/availability')).map(({ payload }) => payload),
      [presence.online],
    )
  },
)

test('what is not known is null and never 0, what is doubted is not known, and 0 is 0', () => {
  const of = (values: Parameters<typeof known>[0], now?: number) => told('a', known(values), now)['state']
  assert.deepEqual(of({ speed: 0, battery: 0 }), { speed: 0, battery: 0 })
  assert.deepEqual(of({ speed: {}, odometer: {}, battery: {}, fuel: {} }), {
    speed: null,
    odometer: null,
    battery: null,
    fuel: null,
  })
  assert.deepEqual(
    of({ speed: { value: 5, clockDoubt: 'ahead' }, odometer: { value: 4_294_967_295, doubt: 'sentinel' } }),
    {
      speed: null,
      odometer: null,
    },
  )
  assert.deepEqual(of({ speed: { value: 'fast' }, battery: Number.POSITIVE_INFINITY }), { speed: null, battery: null })
  assert.deepEqual(of({ speed: 63, fuel: 40 }, at + 599_999), { speed: 63, fuel: 40 })
  assert.deepEqual(of({ speed: 63, fuel: 40 }, at + 600_000), { speed: null, fuel: 40 })
})

test('a place is two numbers with how sure they are, is kept when a newer one is not known, and is not told by half', () => {
  const half = known({ latitude: -34.9 })
  assert.deepEqual(told('a', half), { config: told('a', half)['config'], state: {} })
  assert.equal('place' in (told('a', half)['config'] as { cmps: object }).cmps, false)
  const whole = known({ longitude: -56.1 }, half)
  assert.deepEqual(told('a', whole)['place'], { latitude: -34.9, longitude: -56.1, gps_accuracy: 100 })
  const lost = known({ latitude: {}, longitude: { value: 0, doubt: 'null-island' }, accuracy: 7.2 }, whole)
  assert.deepEqual(told('a', lost)['place'], { latitude: -34.9, longitude: -56.1, gps_accuracy: 8 })
})

test('a vehicle is one device under a name that Home Assistant takes, and no two share one', () => {
  const names = ['a.b', 'a_b', 'a_2eb', 'a-b', 'A-b'].map((vehicle) => configTopic(vehicle))
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.match(name, /^homeassistant\/device\/roadstream_[A-Za-z0-9_-]+\/config$/)
  for (const { topic, payload } of removalOf('a.b')) {
    assert.equal(payload, '')
    assert.ok(!/[+#]/.test(topic))
  }
  assert.equal(removalOf('a.b')[0]!.topic, names[0])
})

test('a patch that says nothing of what is told changes nothing', () => {
  assert.equal(addPatch({}, { signals: { 'Vehicle.Cabin.Convertible.Status': { value: 'OPEN', at } } }), undefined)
  assert.equal(addPatch({}, { signals: { [paths.latitude]: { value: null, at } } }), undefined)
})
