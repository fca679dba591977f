// For tests that speak MQTT themselves: packets byte by byte, the short exchanges every chapter
// needs, and what the server said to a packet it must not take.
import { test } from 'node:test'
import { encodeAcknowledgement, encodeDisconnect, encodeSubscribe, pingRequest } from '../../mqtt/encode-packet.ts'
import type { Properties } from '../../mqtt/properties.ts'
import { noProperties } from '../../mqtt/properties.ts'
import type { PacketType, ProtocolVersion, SubscriptionRequest, Will } from '../../mqtt/packet.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  publishPacket,
  type RawClient,
  type TestGateway,
  until,
} from '../gateway.testing.ts'

export const versions = [4, 5] as const

/** A test for each version of MQTT, which its name says. */
export function inEachVersion(name: string, run: (version: ProtocolVersion) => Promise<void>): void {
  for (const version of versions) test(`${name} (version ${version})`, () => run(version))
}

/** A text as MQTT writes it: two bytes of length, then the bytes. */
export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

/** A whole packet of at most 16,383 bytes behind its fixed header. */
export function packetOf(first: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7]
  return Buffer.concat([Buffer.from([first, ...length]), body])
}

/** Properties of fewer than 128 bytes behind their length. */
export const propertiesOf = (...parts: readonly (Buffer | readonly number[])[]): Buffer =>
  packetOf(0, ...parts).subarray(1)

export const filterOf = (filter: string, change: Partial<SubscriptionRequest> = {}): SubscriptionRequest => ({
  filter,
  qos: 2,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
  ...change,
})

/** Subscribes, and gives the codes of the SUBACK, which must be the next packet. */
export async function subscribe(
  client: RawClient,
  version: ProtocolVersion,
  requests: SubscriptionRequest | readonly SubscriptionRequest[],
  subscriptionId?: number,
): Promise<unknown[]> {
  const subscriptions = [requests].flat()
  client.send(encodeSubscribe(version, { packetId: 77, subscriptions, subscriptionId }))
  const { messageId, granted } = await client.expect('suback')
  if (messageId !== 77) throw new Error(`SUBACK of ${messageId}`)
  return granted
}

export const publish0 = (
  version: ProtocolVersion,
  topic: string,
  payload: string,
  properties: Properties = noProperties,
): Buffer => publishPacket(version, topic, Buffer.from(payload), { qos: 0, packetId: 0, properties })

export const willOf = (change: Partial<Will> = {}): Will => ({
  topic: 'wills/car',
  payload: Buffer.from('gone'),
  qos: 1,
  retain: false,
  properties: noProperties,
  ...change,
})

/** For a session that outlives its connection, in either version. */
export const keptFor = (version: ProtocolVersion, seconds = 600) =>
  version === 5 ? { cleanStart: false, properties: { sessionExpiryS: seconds } } : { cleanStart: false }

export const goodbye = (version: ProtocolVersion, reason = 0, properties: Properties = noProperties): Buffer =>
  encodeDisconnect(version, { reason, properties })

/** Resolves when the server has answered a ping, and rejects when it had anything else to say
 *  before. */
export async function quiet(client: RawClient): Promise<void> {
  client.send(pingRequest)
  await client.expect('pingresp')
}

/** Says goodbye and waits for the end. */
export async function leave(client: RawClient, version: ProtocolVersion): Promise<void> {
  client.send(goodbye(version))
  if ((await client.next()) !== undefined) throw new Error('The server spoke after a goodbye.')
}

/** How the server ended the connection over these bytes: its reason code, or 'closed' when it said
 *  nothing (3.1.1). */
export async function endOf(
  port: number,
  version: ProtocolVersion,
  bytes: Buffer,
): Promise<number | 'closed' | undefined> {
  await using client = await openConnected(port, version, 'faulty')
  client.send(bytes)
  const packet = await client.next()
  if (packet === undefined) return 'closed'
  if (packet.cmd !== 'disconnect') throw new Error(`Expected the end, got ${JSON.stringify(packet)}.`)
  if ((await client.next()) !== undefined) throw new Error('The server spoke after DISCONNECT.')
  return packet.reasonCode
}

/** The code of the CONNACK that refuses, or 'closed' when there was none. */
export async function refusalOf(
  port: number,
  version: ProtocolVersion,
  connect: Buffer,
): Promise<number | 'closed' | undefined> {
  await using client = await openRawClient(port, version)
  client.send(connect)
  const packet = await client.next()
  if (packet === undefined) return 'closed'
  if (packet.cmd !== 'connack') throw new Error(`Expected CONNACK, got ${JSON.stringify(packet)}.`)
  const code = version === 5 ? packet.reasonCode : packet.returnCode
  if (code !== 0 && (await client.next()) !== undefined) throw new Error('The server spoke after it had refused.')
  if (code !== 0 && packet.sessionPresent) throw new Error('A refusal says that a session is present.')
  return code
}

/** The bytes of one packet as they came, for what a parser hides. */
export async function rawAnswer(client: RawClient, ...bytes: readonly Buffer[]): Promise<Buffer> {
  const got = new Promise<Buffer>((resolve) => client.socket.once('data', (chunk) => resolve(Buffer.from(chunk))))
  client.send(...bytes)
  const answer = await got
  await client.next()
  return answer
}

/** Moves the clock, and resolves when the sweep has looked at every deadline since: a session that
 *  ends in time for it is gone. */
export async function passTime(it: TestGateway, ms: number): Promise<void> {
  const change = { cleanStart: false, properties: { sessionExpiryS: Math.floor(ms / 1000) } }
  await it.lose(await openConnected(it.port, 5, 'canary/1', change))
  const canary = (): string | undefined =>
    it.gateway.sessions.inspect({ tenant: 'canary', clientId: 'canary/1' })?.state
  // It may have been another connection that was lost: the canary's time must have begun before it
  // passes.
  await until('the canary is away', () => canary() !== 'connected')
  it.clock.advance(ms)
  await until('the canary is gone', () => canary() === undefined)
}

export const ack = (
  client: RawClient,
  type: PacketType,
  version: ProtocolVersion,
  packetId: number,
  reason = 0,
): void => client.send(encodeAcknowledgement(type, version, packetId, reason))

/** Another connection of the session of `car`, which must be there. */
export async function resumed(port: number, version: ProtocolVersion, receiveMaximum?: number): Promise<RawClient> {
  const client = await openRawClient(port, version)
  const kept = keptFor(version)
  const properties =
    version === 5 && receiveMaximum !== undefined ? { sessionExpiryS: 600, receiveMaximum } : kept.properties
  client.send(connectPacket(version, 'car', properties === undefined ? kept : { ...kept, properties }))
  if (!(await client.expect('connack')).sessionPresent) throw new Error('The session is gone.')
  return client
}
