import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CodedPacket, CodeDirection } from './reason-code-count.ts'
import { describeReasonCodes, type CountedReason } from './reason-code-words.ts'

const described = (packet: CodedPacket, direction: CodeDirection, code: number): CountedReason =>
  describeReasonCodes([{ packet, direction, code, count: 1 }])[0] ?? assert.fail()
const all = (packet: CodedPacket, codes: readonly number[]): CountedReason[] =>
  codes.map((code) => described(packet, 'sent', code))

test('errors come first, and of both kinds the most frequent', () => {
  const order = describeReasonCodes([
    { packet: 'puback', direction: 'sent', code: 0x00, count: 1_000_000 },
    { packet: 'suback', direction: 'sent', code: 0x01, count: 5_000_000 },
    { packet: 'puback', direction: 'sent', code: 0x99, count: 1 },
    { packet: 'connack', direction: 'sent', code: 0x05, count: 2 },
  ]).map(({ packet, code }) => `${packet} ${code}`)
  assert.deepEqual(order, ['connack 0x05', 'puback 0x99', 'suback 0x01', 'puback 0x00'])
})

test('a code is called as the standard calls it in its packet, and one that is only of 3.1.1 says so', () => {
  const named = (packet: CodedPacket, code: number): string => described(packet, 'sent', code).name
  assert.equal(named('connack', 0x87), 'Not authorized')
  assert.equal(named('connack', 0x05), 'Not authorized (MQTT 3.1.1)')
  assert.equal(named('suback', 0x01), 'Granted QoS 1')
  assert.equal(named('suback', 0x80), 'Failure (MQTT 3.1.1)')
  assert.equal(named('disconnect', 0x00), 'Normal disconnection')
  assert.equal(described('puback', 'received', 0x77).name, 'No code of MQTT')
})

test('an error is a code from 0x80 on, or any refusal of a 3.1.1 CONNACK', () => {
  assert.ok(all('connack', [1, 2, 3, 4, 5, 0x81]).every(({ isError }) => isError))
  assert.ok(
    [...all('suback', [0, 1, 2]), ...all('disconnect', [0, 4]), ...all('unsuback', [0x11])].every(
      ({ isError }) => !isError,
    ),
  )
})

test('each refusal that this gateway sends says what to do, one from a client where to look, a success nothing', () => {
  const refusals = [
    ...all('connack', [1, 2, 3, 4, 5, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x89, 0x8c, 0x90, 0x97]),
    ...all('puback', [0x87, 0x97, 0x99]),
    ...all('pubrec', [0x87, 0x97, 0x99]),
    ...all('pubrel', [0x92]),
    ...all('pubcomp', [0x92]),
    ...all('suback', [0x80, 0x87, 0x8f, 0x97]),
    ...all('disconnect', [0x81, 0x82, 0x83, 0x87, 0x8b, 0x8d, 0x8e, 0x90, 0x93, 0x94, 0x95, 0x98, 0x9c]),
  ]
  for (const { packet, code, meaning } of refusals) assert.match(meaning ?? '', /\.$/, `${packet} ${code}`)
  assert.match(described('puback', 'received', 0x83).meaning ?? '', /Its own log/)
  assert.equal(described('puback', 'sent', 0).meaning, null)
})
