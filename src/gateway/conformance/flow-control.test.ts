// Flow control: sections 3.3.4 and 4.9 of MQTT 5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pingRequest } from '../../mqtt/encode-packet.ts'
import { packetType } from '../../mqtt/packet.ts'
import { openConnected, openTestGateway, publishPacket } from '../gateway.testing.ts'
import { ack, filterOf, keptFor, quiet, resumed, subscribe } from './exchange.testing.ts'

test('a client may have Receive Maximum deliveries open and no more, also when it comes back with a smaller one', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', {
    ...keptFor(5),
    properties: { sessionExpiryS: 600, receiveMaximum: 3 },
  })
  await subscribe(car, 5, filterOf('t'))
  for (let n = 0; n < 6; n++) await it.gateway.publish('t', Buffer.from(String(n)), { qos: n % 2 === 0 ? 1 : 2 })
  for (let n = 0; n < 3; n++) await car.expect('publish')
  await quiet(car)
  await it.lose(car)
  await using back = await resumed(it.port, 5, 1)
  const seen: unknown[] = []
  for (let n = 0; n < 6; n++) {
    const { payload, messageId, qos, dup } = await back.expect('publish')
    seen.push([payload.toString(), dup])
    await quiet(back)
    if (qos === 1) ack(back, packetType.puback, 5, messageId!)
    else {
      ack(back, packetType.pubrec, 5, messageId!)
      await back.expect('pubrel')
      await quiet(back)
      ack(back, packetType.pubcomp, 5, messageId!)
    }
  }
  assert.deepEqual(
    seen,
    [0, 1, 2, 3, 4, 5].map((n) => [String(n), n < 3]),
  )
  await quiet(back)
})

test('while a client has no room left for deliveries everything else is answered', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c', { properties: { receiveMaximum: 1 } })
  await subscribe(client, 5, filterOf('t'))
  for (let n = 0; n < 3; n++) await it.gateway.publish('t', Buffer.from('x'), { qos: 2 })
  const { messageId } = await client.expect('publish')
  await subscribe(client, 5, filterOf('u'))
  client.send(publishPacket(5, 'nobody', Buffer.from('x'), { qos: 2, packetId: 9 }))
  await client.expect('pubrec')
  ack(client, packetType.pubrel, 5, 9)
  await client.expect('pubcomp')
  await it.gateway.publish('t', Buffer.from('at once'), { qos: 0 })
  assert.equal((await client.expect('publish')).qos, 0)
  ack(client, packetType.pubrec, 5, messageId!)
  client.send(pingRequest)
  await client.expect('pubrel')
  await client.expect('pingresp')
})

test('more PUBLISHes open than the Receive Maximum of the server end the connection with 0x93, completed ones do not count', async () => {
  await using it = await openTestGateway({ limits: { receiveMaximum: 2 } })
  await using client = await openConnected(it.port, 5, 'c')
  for (let round = 0; round < 3; round++)
    for (const packetId of [1, 2]) {
      client.send(publishPacket(5, 't', Buffer.from('x'), { qos: 2, packetId }))
      await client.expect('pubrec')
      ack(client, packetType.pubrel, 5, packetId)
      await client.expect('pubcomp')
      client.send(publishPacket(5, '$SYS/no', Buffer.from('x'), { qos: 2, packetId }))
      assert.equal((await client.expect('pubrec')).reasonCode, 0x87)
    }
  for (const packetId of [1, 2]) client.send(publishPacket(5, 't', Buffer.from('x'), { qos: 2, packetId }))
  await client.expect('pubrec')
  await client.expect('pubrec')
  client.send(publishPacket(5, 't', Buffer.from('x'), { qos: 1, packetId: 3 }))
  assert.equal((await client.expect('disconnect')).reasonCode, 0x93)
})
