// A small publisher with a topic for each value, and what its messages say, for tests of
// translations.
import assert from 'node:assert/strict'
import type { Memory, VehicleSaid, Taken, Translation } from '../foreign.ts'
import { parseMessageMapping } from '../parse-mapping.ts'
import { openTranslation } from './open-translation.ts'

export const t0 = Date.UTC(2026, 2, 4, 5, 6, 7)
export const speed = 'Vehicle.Speed'

/** A mapping with what all of these have, and `parts` instead. */
export function translationOf(parts: object): Translation {
  const around = {
    name: 'mine',
    about: 'a publisher',
    from: { form: 'messages', routes: [{ topic: 'cars/{car}' }], vehicle: '{car}' },
    time: { as: 'receipt' },
    signals: { [speed]: { field: '/v', unit: 'km/h' } },
  }
  const mapping = parseMessageMapping(JSON.stringify({ ...around, ...parts }), 'mine.json')
  assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
  return openTranslation(mapping.value)
}

export type Sent = {
  readonly to: string
  readonly payload: string | Uint8Array
  readonly receivedAt?: number
  readonly retained?: boolean
  readonly contentType?: string
}

export function take(
  translation: Translation,
  memory: Memory,
  { to, payload, receivedAt = t0, retained = false, contentType }: Sent,
): Taken {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return translation.take(memory, {
    address: to,
    payload: bytes,
    retained,
    receivedAt,
    ...(contentType === undefined ? {} : { contentType }),
  })
}

export const topicValues = {
  from: {
    form: 'messages',
    routes: [
      { topic: 'box/{box}/all/{name}', payload: 'text', field: '{name}' },
      { topic: 'box/{box}/{part}/{name}', payload: 'text', field: '{name}' },
    ],
    sender: '{box}',
    vehicle: '{car}',
    gather: { withinMs: 1000, each: '{part}', until: 'end' },
  },
  time: [{ as: 'epoch', field: 'at', unit: 's', clock: 'server' }, { as: 'receipt' }],
  signals: {
    [speed]: { field: 'speed', unit: 'km/h', unknownWhen: { field: 'state', is: ['off'] } },
    'Vehicle.CurrentLocation.Altitude': { field: 'alt', unit: 'm' },
  },
} as const

/** The samples said in one memory by these messages, and at the end by what is open; `pass` closes
 *  windows that are due before each message comes. */
export function saidBy(translation: Translation, messages: readonly Sent[], pass = false): readonly VehicleSaid[] {
  let memory: Memory = {}
  const said: VehicleSaid[] = []
  for (const message of messages) {
    const dueAt = translation.dueAt(memory)
    if (pass && dueAt <= (message.receivedAt ?? t0)) said.push(...translation.pass(memory, dueAt).said)
    said.push(...take(translation, memory, message).said)
    memory = JSON.parse(JSON.stringify(memory)) as Memory
  }
  if (translation.dueAt(memory) < Infinity) said.push(...translation.pass(memory, translation.dueAt(memory)).said)
  return said
}

export const box = (name: string, payload: string, receivedAt = t0, part = '1', retained = false): Sent => ({
  to: `box/a/${part}/${name}`,
  payload,
  receivedAt,
  retained,
})
