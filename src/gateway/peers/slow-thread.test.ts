// A thread that does not come to hear what others tell it: what waits before it is bounded, whoever
// publishes, and comes when it is back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openConnected, publishPacket, until, type RawClient } from '../gateway.testing.ts'
import { createMeshMembers, openMesh, type MeshMember } from './mesh.ts'
import type { PeerMessage } from './peer-message.ts'
import { openBesidePlayed, type PlayedThread } from './played-thread.testing.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const limits = { pendingBytes: 200_000, batchBytes: 50_000 }
/** The part of one of two threads. */
const unheardBytesMax = limits.pendingBytes / 2
const payload = Buffer.alloc(1000)
/** At home on the first of two threads. */
const topic = 't/b'
const count = 1000

/** Bytes that wait before the thread, once that is as much as may, and a while later. */
async function toldToSlow(thread: PlayedThread): Promise<number> {
  const bytes = (): number =>
    thread.unheard.reduce((sum, message) => {
      if (message.kind === 'retained') return sum + message.message.byteLength
      return message.kind === 'deliver'
        ? message.messages.reduce((all, each) => all + each.message.byteLength, sum)
        : sum
    }, 0)
  await until('the thread is told as much as may wait for it', () => bytes() > unheardBytesMax)
  for (let left = 300; left > 0; left--) await turn()
  return bytes()
}

/** Hears whatever it is told from now on, as far as `wanted` of it. */
async function hearAll(thread: PlayedThread, wanted: number, countOf: (message: PeerMessage) => number): Promise<void> {
  const unheard = thread.unheard as PeerMessage[]
  for (let heard = 0; heard < wanted;) {
    const message = unheard.shift()
    if (message === undefined) await turn()
    else if (message.kind === 'mark') thread.say({ ...message, kind: 'marked' })
    else heard += countOf(message)
  }
}

function flood(client: RawClient, change: Parameters<typeof publishPacket>[3]): void {
  for (let index = 0; index < count; index++)
    client.send(publishPacket(5, topic, payload, { qos: 0, packetId: 0, ...change }))
}

test('QoS 0 for a thread that does not hear holds its publisher back, and all of it comes later', async () => {
  await using beside = await openBesidePlayed(2, { limits })
  const [slow] = beside.played as [PlayedThread]
  slow.say({ kind: 'want', filter: 't/#', connected: 0 })
  await using client = await openConnected(beside.gateway.port, 5, 'car')
  flood(client, {})
  const told = await toldToSlow(slow)
  assert.ok(told < 2 * unheardBytesMax, `${told} bytes wait before the slow thread`)
  await hearAll(slow, count, (message) => (message.kind === 'deliver' ? message.messages.length : 0))
})

test('retained messages wait for a thread that does not hear of them, and so does whoever publishes them', async () => {
  await using beside = await openBesidePlayed(2, { limits })
  const [slow] = beside.played as [PlayedThread]
  await using client = await openConnected(beside.gateway.port, 5, 'car')
  flood(client, { retain: true })
  const told = await toldToSlow(slow)
  assert.ok(told < 2 * unheardBytesMax, `${told} bytes wait before the slow thread`)
  await hearAll(slow, count, (message) => (message.kind === 'retained' ? 1 : 0))
})

test('who keeps up is never waited for, and who is behind until it has heard what there was', async () => {
  const [one, other] = createMeshMembers(2) as [MeshMember, MeshMember]
  const heard: string[] = []
  const open = (member: MeshMember) =>
    openMesh({
      member,
      unheardBytesMax,
      receive: (_from, message) => void heard.push(message.kind),
      lost: () => undefined,
    })
  using mesh = open(one)
  for (let index = 0; index < 11; index++) mesh.send(1, { kind: 'hello' }, unheardBytesMax / 10)
  assert.equal(mesh.isBehind(1), true)
  const caughtUp = Promise.withResolvers<number>()
  mesh.whenHeard([1], () => caughtUp.resolve(heard.length))
  await turn()
  assert.equal(mesh.isBehind(1), true)
  using _hearing = open(other)
  assert.ok((await caughtUp.promise) >= 1)
  assert.equal(mesh.isBehind(1), false)
  let calls = 0
  mesh.whenHeard([1], () => void calls++)
  assert.equal(calls, 1)
})
