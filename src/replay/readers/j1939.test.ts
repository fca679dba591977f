import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { signalsOf } from './can-signal.ts'
import { parseDbc } from './dbc.ts'
import { asJ1939, groupOf } from './j1939.ts'

/** Engine speed and torque (EEC1, PGN 61444), wheel speed and brake switch (CCVS1, PGN 65265), and
 *  a request to one receiver (PGN 59904). */
const dbc = asJ1939(
  parseDbc(
    Buffer.from(
      'BO_ 2364540158 EEC1: 8 Vector__XXX\n SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Vector__XXX\n SG_ Torque : 16|8@1+ (1,-125) [-125|125] "%" Vector__XXX\n' +
        'BO_ 2566844926 CCVS1: 8 Vector__XXX\n SG_ WheelSpeed : 8|16@1+ (0.00390625,0) [0|250.996] "km/h" Vector__XXX\n SG_ Brake : 28|2@1+ (1,0) [0|3] "" Vector__XXX\n' +
        'BO_ 2565537278 Request: 3 Vector__XXX\n SG_ Group : 0|24@1+ (1,0) [0|1] "" Vector__XXX\n' +
        'BO_ 100 Own: 8 Vector__XXX\n SG_ Byte : 0|8@1+ (1,0) [0|255] "" Vector__XXX\n',
    ),
  ),
)
const read = (id: number, hex: string, isExtended = true): unknown => {
  const message = dbc.find(id, isExtended)
  return message === undefined
    ? undefined
    : [message.name, Object.fromEntries(signalsOf(message, Buffer.from(hex, 'hex')))]
}

test('a message is found whoever sends it, with any priority, and to any receiver', () => {
  const speed = ['CCVS1', { WheelSpeed: '63', Brake: '1' }]
  for (const id of [0x18_fe_f1_fe, 0x18_fe_f1_00, 0x0c_fe_f1_31]) assert.deepEqual(read(id, 'FF003FDFFFFFFFFF'), speed)
  assert.deepEqual(read(0x18_ea_00_f9, '000001'), ['Request', { Group: '65536' }])
  assert.equal(read(0x18_fe_f2_00, 'FF003FDFFFFFFFFF'), undefined)
  assert.equal(groupOf(0x18_ea_00_f9), 59_904)
})

test('codes for errors and for what is not available are unknown, and not 8,191 rpm or 130 per cent', () => {
  assert.deepEqual(read(0x0c_f0_04_00, 'FFFFFFFFFFFFFFFF'), ['EEC1', { EngineSpeed: '', Torque: '' }])
  assert.deepEqual(read(0x0c_f0_04_00, 'FFFFFA00FBFFFFFF'), ['EEC1', { EngineSpeed: '', Torque: '125' }])
  assert.deepEqual(read(0x0c_f0_04_00, 'FFFF7DFFFAFFFFFF'), ['EEC1', { EngineSpeed: '8031.875', Torque: '0' }])
  assert.deepEqual(read(0x18_fe_f1_00, 'FF00FEEFFFFFFFFF'), ['CCVS1', { WheelSpeed: '', Brake: '' }])
  assert.deepEqual(read(100, 'FF', false), ['Own', { Byte: '255' }])
})

test('no number is told beyond the range that J1939 gives a signal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (data) => {
      const message = dbc.find(0x0c_f0_04_00, true)
      assert.ok(message)
      const { EngineSpeed = '', Torque = '' } = Object.fromEntries(signalsOf(message, data))
      assert.ok(Number(EngineSpeed) <= 8031.875 && Number(Torque) <= 125)
      assert.equal(EngineSpeed === '', (data[4] ?? 0) >= 0xfb)
      assert.equal(Torque === '', (data[2] ?? 0) >= 0xfb)
    }),
  )
})
