// Messages that are stored once for several sessions, as entries that have them each for itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { StateChange } from '../../eventlog/state-store.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { openGatewayStore } from '../gateway-store.ts'
import type { Delivery } from './delivery-queue.ts'
import type { RoutedMessage } from './routed-message.ts'
import { createJournal } from './session-journal.ts'
import { withoutBodies } from './without-bodies.ts'

const clock = { now: () => 5_000 }
const clocks = { clock, logClock: { now: () => 1_700_000_000_000 } }
const { changes: journal } = createJournal({ perform: () => {}, clocks })
const message = (payload: Buffer, expiresAt: number): RoutedMessage => ({
  topic: 'notice/all',
  levels: ['notice', 'all'],
  payload,
  qos: 1,
  retain: false,
  properties: { ...noProperties, userProperties: [['a', 'b']], correlationData: Buffer.from([0, 0x0a, 0xff]) },
  expiresAt,
  publisher: 'office',
  holders: 0,
})
const clientIds = ['a', 'a b', 'b', 'über', 'b/1']
const sessionOf = (clientId: string): StateChange => ({ key: `s/${clientId}`, value: Buffer.from(`of ${clientId}`) })

async function convert(changes: readonly StateChange[]) {
  await using opened = openMemoryLog({ partitions: 1 })
  const store = openGatewayStore(opened)
  await store.commit([], changes)
  const unreadable: string[] = []
  const entries = Array.from(
    withoutBodies(store, (key) => void unreadable.push(key)),
    ([key, value]) => ({
      key,
      value: Buffer.from(value),
    }),
  )
  return { entries, unreadable }
}

const oneDelivery = fc.record({
  client: fc.constantFrom(...clientIds),
  body: fc.option(fc.nat(2), { nil: undefined }),
  qos: fc.constantFrom(1 as const, 2 as const),
  released: fc.boolean(),
  retain: fc.boolean(),
})

test('each delivery has the message that its body had, and is else as it was', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(oneDelivery, { maxLength: 20 }),
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 8_000 }), fc.constantFrom(0, 4_000, 6_000)), {
        minLength: 4,
        maxLength: 4,
      }),
      async (given, made) => {
        const messages = made.map(([payload, expiresAt]) => message(Buffer.from(payload), expiresAt))
        const stored: StateChange[] = [...clientIds.map(sessionOf), journal.retained(messages[3]!)]
        const wanted: StateChange[] = [...stored]
        for (const [order, { client, body, ...rest }] of given.entries()) {
          const delivery: Delivery = {
            ...rest,
            message: messages[body ?? 3]!,
            subscriptionIds: [order],
            shared: undefined,
            packetId: order + 1,
            order,
            wasSent: 'perhaps',
            body: body === undefined ? undefined : `name-${body}`,
          }
          stored.push(journal.delivery(client, delivery))
          if (body !== undefined) stored.push(journal.body(`name-${body}`, messages[body]!))
          wanted.push(journal.delivery(client, { ...delivery, body: undefined }))
        }
        const [converted, plain] = [await convert(stored), await convert(wanted)]
        assert.deepEqual(converted, plain)
        assert.equal(converted.entries.length, wanted.filter(({ value }) => value !== undefined).length)
        assert.deepEqual(converted.unreadable, [])
      },
    ),
  ))

test('a delivery whose message is not there or cannot be read is told, and what no session has is left out', async () => {
  const given = { message: message(Buffer.from('x'), 0), qos: 1, retain: false, subscriptionIds: undefined } as const
  const rest = { shared: undefined, packetId: 1, wasSent: 'no', released: false } as const
  const delivery = (order: number, body: string | undefined): Delivery => ({ ...given, ...rest, order, body })
  const { entries, unreadable } = await convert([
    sessionOf('a'),
    journal.delivery('a', delivery(1, undefined)),
    journal.delivery('a', delivery(2, 'gone')),
    journal.delivery('a', delivery(3, 'broken')),
    { key: 'p/broken', value: Buffer.from('{') },
    journal.body('nobody', given.message),
    journal.delivery('b', delivery(1, undefined)),
    journal.received('a', 7),
    journal.received('b', 7),
  ])
  assert.deepEqual(
    entries.map(({ key }) => key),
    ['q/a\u00000000000000000001', 'r/a\u00007', 's/a'],
  )
  assert.deepEqual(unreadable, ['q/a\u00000000000000000002\0gone', 'q/a\u00000000000000000003\0broken'])
})
