// Translations for tests, as small as may be: one says each message at once, one gathers what comes
// within a second. Neither is a mapping.
import type { Memory, VehicleSaid, Taken, Translation } from '../mapping/foreign.ts'

type Body = { readonly id: string; readonly at: number; readonly speed: number }

const refusal = (reason: string, detail: string): Taken => ({ said: [], refused: { reason, detail } })

/** Topic `plain/SENDER`, payload { id, at, speed }: a sample of the vehicle. `boom` throws, which
 *  no translation may. */
export const plain: Translation = {
  name: 'plain',
  filters: ['plain/+'],
  signals: ['Vehicle.Speed', 'Vehicle.TraveledDistance'],
  unread: () => ['id'],
  senderOf: (address) => /^plain\/([^/]+)$/.exec(address)?.[1],
  take(memory, { payload }) {
    memory['count'] = Number(memory['count'] ?? 0) + 1
    const text = Buffer.from(payload).toString()
    if (text === 'boom') throw new Error(`secret of ${text}`)
    if (text.startsWith('remember ')) memory['text'] = text
    try {
      const { id, at, speed } = JSON.parse(text) as Body
      return { said: [{ foreignId: id, samples: [{ at, signals: { 'Vehicle.Speed': speed } }] }], refused: null }
    } catch {
      return refusal('not-json', 'It is no JSON.')
    }
  },
  dueAt: () => Infinity,
  pass: () => ({ said: [], refused: null }),
}

export const windowMs = 1_000

type Open = { readonly since: number; readonly values: Record<string, number> }

function close(memory: Memory, at: number): VehicleSaid[] {
  const open = memory['open'] as Open | undefined
  if (open === undefined || at < open.since + windowMs) return []
  delete memory['open']
  return [{ foreignId: String(memory['id']), samples: [{ at: open.since, signals: open.values }] }]
}

/** Topic `parts/SENDER/NAME`, payload a number: all that comes within a second of the first is one
 *  sample at its receipt. */
export const parts: Translation = {
  name: 'parts',
  filters: ['parts/+/+'],
  signals: [],
  unread: () => [],
  senderOf: (address) => /^parts\/([^/]+)\/[^/]+$/.exec(address)?.[1],
  take(memory, { address, payload, receivedAt }) {
    const [, sender, name] = address.split('/')
    memory['id'] = sender
    const said = close(memory, receivedAt)
    const open = (memory['open'] ??= { since: receivedAt, values: {} }) as Open
    open.values[`Vehicle.${name}`] = Number(Buffer.from(payload).toString())
    return { said, refused: null }
  },
  dueAt: (memory) => ((memory['open'] as Open | undefined)?.since ?? Infinity) + windowMs,
  pass: (memory, at) => ({ said: close(memory, at), refused: null }),
}
