// The mappings of messages against examples of what publishers send, which lie beside this checkout: each gives what is right, whose clock it is by, and no
// figure where nothing is known.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Sample, SignalValue } from '../model/message.ts'
import { findMessageMapping } from '../replay/mapping-catalogue.ts'
import type { ForeignMessage, Memory, Said } from './foreign.ts'
import { openTranslation } from './messages/open-translation.ts'

const folder = fileURLToPath(new URL('../../../shared/dialects/', import.meta.url))
const skip = existsSync(folder) ? false : 'the example messages of publishers are not beside this checkout'

type Dialect = {
  readonly right: Readonly<Record<string, string | number | boolean | null>>
  readonly messages: readonly {
    readonly topic?: string
    readonly method?: string
    readonly path?: string
    readonly contentType?: string
    readonly payload: string
  }[]
}

const dialects: Readonly<Record<string, string>> = {
  'ovms-v3': 'ovms',
  teslamate: 'teslamate',
  evcc: 'evcc',
  openwb: 'openwb',
  'openwb-unknown': 'openwb',
  'wican-autopid': 'wican',
  'owntracks-android': 'owntracks',
  'traccar-forward-json': 'traccar',
  'traccar-forward-url': 'traccar-url',
  'osmand-app': 'osmand',
  'traccar-client-form': 'traccar-client',
  'smartcar-webhook': 'smartcar',
}

const battery = 'Vehicle.Powertrain.TractionBattery'
/** What each figure is in our signals, in its own unit. */
const figures: Readonly<
  Record<string, { readonly paths: readonly string[]; readonly factor?: number; readonly words?: Readonly<Record<string, unknown>> }>
> = {
  speedKmh: { paths: ['Vehicle.Speed'] },
  latitude: { paths: ['Vehicle.CurrentLocation.Latitude'] },
  longitude: { paths: ['Vehicle.CurrentLocation.Longitude'] },
  odometerKm: { paths: ['Vehicle.TraveledDistance'], factor: 1000 },
  batteryPercent: { paths: [`${battery}.StateOfCharge.Current`, `${battery}.StateOfCharge.Displayed`] },
  fuelPercent: { paths: ['Vehicle.Powertrain.FuelSystem.RelativeLevel'] },
  powerOutOfBatteryKw: { paths: [`${battery}.CurrentPower`], factor: -1000 },
  chargePowerKw: { paths: [`${battery}.Charging.AveragePower`] },
  rangeKm: { paths: [`${battery}.Range`], factor: 1000 },
  charging: { paths: [`${battery}.Charging.IsCharging`] },
  doorFrontLeft: { paths: ['Vehicle.Cabin.Door.Row1.DriverSide.IsOpen'], words: { closed: false, open: true } },
}
/** Batteries of other things than the car: no signal may have their figure. */
const ofOthers = new Set(['phoneBatteryPercent', 'trackerBatteryPercent'])

const receivedAt = Date.UTC(2026, 2, 4, 5, 6, 20)

/** As a subscriber hears them that was there before: the flag of retained messages is then not set. */
function run(mappingName: string, { messages }: Dialect, retained = false): Said[] {
  const mapping = findMessageMapping(mappingName)
  assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
  const translation = openTranslation(mapping.value)
  const memories = new Map<string, Memory>()
  const said: Said[] = []
  for (const { topic, method, path, contentType, payload } of messages) {
    const address = topic ?? `${method} ${path}`
    const sender = translation.senderOf(address)
    if (sender === undefined) continue
    const memory = memories.get(sender) ?? {}
    memories.set(sender, memory)
    const message: ForeignMessage = { address, payload: Buffer.from(payload), retained, receivedAt, ...(contentType && { contentType }) }
    const taken = translation.take(memory, message)
    assert.equal(taken.refused, null, address)
    said.push(...taken.said)
  }
  for (const memory of memories.values())
    if (translation.dueAt(memory) < Infinity) said.push(...translation.pass(memory, translation.dueAt(memory)).said)
  return said
}

function valueOf(samples: readonly Sample[], paths: readonly string[]): SignalValue | undefined {
  const told = samples.flatMap(({ signals }) => paths.map((path) => signals[path])).filter((value) => value !== undefined)
  return told.at(-1)
}

const plain = (told: SignalValue | undefined): unknown => told ?? null

for (const [file, mappingName] of Object.entries(dialects))
  test(`${file}: what its messages say is right`, { skip }, () => {
    const dialect = JSON.parse(readFileSync(`${folder}${file}.json`, 'utf8')) as Dialect
    const { vehicle, at, clock, ...told } = dialect.right
    const said = run(mappingName, dialect)
    assert.ok(said.length > 0)
    for (const { foreignId } of said) assert.equal(foreignId, vehicle)
    const samples = said.flatMap(({ samples }) => samples)
    const newest = samples.toSorted((one, other) => one.at - other.at).at(-1)
    const word = String(clock).split(/[^a-z]/, 1)[0]
    const dated = word === 'measured' && at !== null ? samples.findLast(({ clock }) => clock === undefined) : newest
    assert.equal(dated?.at, at === null ? receivedAt : Date.parse(String(at)))
    assert.equal(dated?.clock ?? 'measured', word === 'receipt' ? 'received' : word)
    for (const [name, right] of Object.entries(told)) {
      if (ofOthers.has(name)) {
        for (const { signals } of samples) assert.ok(!Object.values(signals).includes(right), name)
        continue
      }
      const figure = figures[name]
      assert.ok(figure !== undefined, `${name} is a figure of the examples that this test does not know`)
      const value = plain(valueOf(samples, figure.paths))
      if (right === null) assert.equal(value, null, name)
      else if (typeof right !== 'number') assert.equal(value, figure.words === undefined ? right : figure.words[String(right)], name)
      else {
        assert.ok(typeof value === 'number', `${name}: ${JSON.stringify(value)}`)
        const factor = figure.factor ?? 1
        assert.ok(Math.abs(value / factor - right) < 1e-3 * Math.max(1, Math.abs(right) / 1000), `${name}: ${value / factor}, not ${right}`)
      }
    }
  })

test('what a broker kept tells no figure at our receipt', { skip }, () => {
  for (const [file, mappingName] of Object.entries(dialects)) {
    const dialect = JSON.parse(readFileSync(`${folder}${file}.json`, 'utf8')) as Dialect
    if (dialect.messages.some(({ topic }) => topic === undefined)) continue
    for (const { samples } of run(mappingName, dialect, true)) for (const { clock } of samples) assert.notEqual(clock, 'received', file)
  }
})
