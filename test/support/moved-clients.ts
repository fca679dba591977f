// A gateway in this process that admits everyone, on the engines of a configuration, and clients
// whose sessions outlive it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLogs } from '../../src/compose/adapters.ts'
import type { Config } from '../../src/config/config.ts'
import { openAdmission } from '../../src/gateway/admission/open-admission.ts'
import { openSharedGatewayStore } from '../../src/gateway/claims/shared-store.ts'
import { openGatewayStore } from '../../src/gateway/gateway-store.ts'
import { connectPacket, openRawClient, publishPacket, type RawClient } from '../../src/gateway/gateway.testing.ts'
import { openGateway } from '../../src/gateway/gateway.ts'
import { encodeAcknowledgement, encodeSubscribe } from '../../src/mqtt/encode-packet.ts'
import { packetType } from '../../src/mqtt/packet.ts'

export async function openGatewayOn(config: Config) {
  await using stack = new AsyncDisposableStack()
  const uplink = stack.use(await openLogs(config, 'uplink', silentLogger))
  const { log, state } = uplink
  const shared = uplink.isSplit ? await openSharedGatewayStore({ log, local: state, logger: silentLogger }) : undefined
  const stop = new AbortController()
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    store: shared ?? openGatewayStore({ log, state }),
    admission: openAdmission,
    limits: { drainTimeoutMs: 200 },
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  const following = shared?.claims.follow(stop.signal)
  stack.defer(async () => {
    stop.abort()
    await following
  })
  stack.use(gateway)
  const opened = stack.move()
  return { uplink, port: gateway.addresses[0]!.port, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const lasting = { cleanStart: false, properties: { sessionExpiryS: 3600 } }

/** Comes with the session it has; gives whether that was there. */
export async function comeBack(port: number, clientId: string) {
  const client = await openRawClient(port)
  client.send(connectPacket(5, clientId, lasting))
  const { sessionPresent } = await client.expect('connack')
  return { client, sessionPresent }
}

export async function subscribe(client: RawClient, filter: string): Promise<void> {
  const wish = { filter, qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  client.send(encodeSubscribe(5, { packetId: 1, subscriptions: [wish], subscriptionId: undefined }))
  await client.expect('suback')
}

/** Goes without a word. */
export async function leave({ socket }: RawClient): Promise<void> {
  const gone = once(socket, 'close')
  socket.destroy()
  await gone
}

/** Takes so many messages and acknowledges them; gives their payloads. */
export async function take(client: RawClient, count: number): Promise<string[]> {
  const texts: string[] = []
  let unreleased = 0
  while (texts.length < count || unreleased > 0) {
    const packet = await client.next()
    assert.ok(packet?.cmd === 'publish' || packet?.cmd === 'pubrel', `${packet?.cmd} after ${texts.join()}`)
    const id = packet.messageId!
    if (packet.cmd === 'publish') {
      texts.push(packet.payload.toString())
      unreleased += packet.qos === 2 ? 1 : 0
      client.send(encodeAcknowledgement(packet.qos === 2 ? packetType.pubrec : packetType.puback, 5, id))
    } else {
      unreleased -= 1
      client.send(encodeAcknowledgement(packetType.pubcomp, 5, id))
    }
  }
  return texts
}

/** Publishes as somebody whose session does not last; resolves when it is stored. */
export async function publishOnce(
  port: number,
  topic: string,
  text: string,
  how: { readonly qos: 1 | 2; readonly retain?: boolean },
): Promise<void> {
  const office = await openRawClient(port)
  await using _ = office
  office.send(connectPacket(5, 'office'))
  await office.expect('connack')
  office.send(publishPacket(5, topic, Buffer.from(text), { packetId: 3, ...how }))
  if (how.qos === 1) return void (await office.expect('puback'))
  await office.expect('pubrec')
  await release(office, 3)
}

export async function release(client: RawClient, packetId: number): Promise<void> {
  client.send(encodeAcknowledgement(packetType.pubrel, 5, packetId))
  await client.expect('pubcomp')
}
