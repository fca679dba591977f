// Unsent bytes leave whole and in order, however they are cut into writes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Unsent } from './unsent.ts'

function written(packets: readonly Buffer[]): { readonly bytes: Buffer; readonly writes: number } {
  const unsent = new Unsent()
  for (const packet of packets) unsent.add(packet)
  assert.equal(unsent.bytes, Buffer.concat(packets).length)
  const writes: Buffer[] = []
  let corks = 0
  unsent.writeTo({ write: (bytes) => void writes.push(bytes), cork: () => void corks++, uncork: () => void corks-- })
  assert.equal(corks, 0)
  return { bytes: Buffer.concat(writes), writes: writes.length }
}

test('packets leave in the order they were sent, small ones in one write', () => {
  const packet = fc.integer({ min: 1, max: 40_000 }).map((length) => Buffer.alloc(length, length))
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), (packets) => {
      const { bytes, writes } = written(packets)
      assert.ok(bytes.equals(Buffer.concat(packets)))
      assert.equal(writes, bytes.length <= 65_536 ? 1 : packets.length)
    }),
  )
})
