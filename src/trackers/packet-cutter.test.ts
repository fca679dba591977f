import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PacketCutter } from './packet-cutter.ts'
import { frameOf, imei, login } from './tracker.testing.ts'

const packetBytesMax = 2_000

/** The packets that are cut of the stream when it comes in these pieces, and why no more are. */
function cut(pieces: readonly Buffer[]): {
  readonly packets: readonly string[]
  readonly fault: string | undefined
  readonly left: number
} {
  const cutter = new PacketCutter(packetBytesMax)
  const packets: string[] = []
  for (const piece of pieces) {
    cutter.add(piece)
    for (;;) {
      const next = cutter.next()
      if (!next.ok) return { packets, fault: next.reason, left: cutter.rest().length }
      if (next.value === undefined) break
      packets.push(next.value.toString('hex'))
    }
  }
  return { packets, fault: undefined, left: cutter.bytes }
}

function piecesOf(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((where) => where % (stream.length + 1)), stream.length].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => stream.subarray(at[index], end))
}

const packet = fc.oneof(
  fc.constant(login(imei)),
  fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 }).map((numbers) => frameOf(numbers)),
)

test('wherever the network cuts it, a stream gives the packets that it is made of, and nothing for pings', () => {
  fc.assert(
    fc.property(
      fc.array(packet, { maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      fc.nat(40),
      fc.nat(3),
      (packets, cuts, tail, pings) => {
        const half = frameOf([1, 2]).subarray(0, tail)
        // A ping that keeps a silent connection open says nothing.
        const pinged = packets.flatMap((each) => [Buffer.alloc(pings, 0xff), each])
        const stream = Buffer.concat([...pinged, Buffer.alloc(pings, 0xff), half])
        assert.deepEqual(cut(piecesOf(stream, cuts)), {
          packets: packets.map((each) => each.toString('hex')),
          fault: undefined,
          left: half.length,
        })
      },
    ),
  )
})

test('byte by byte it is the same, in memory for a packet and not for each byte', () => {
  const long = frameOf(Array.from({ length: 40 }, (_, number) => number))
  const cutter = new PacketCutter(packetBytesMax)
  let pieces = 0
  for (const [index, byte] of long.entries()) {
    cutter.add(Buffer.of(byte))
    const { ok, value } = cutter.next() as { ok: true; value: Buffer | undefined }
    assert.ok(ok)
    if (value !== undefined) pieces += value.length
    assert.equal(value === undefined, index < long.length - 1)
  }
  assert.equal(pieces, long.length)
  assert.equal(cutter.bytes, 0)
})

test('what begins no packet, or one that is too long, is refused as soon as that shows, whatever comes before it', () => {
  const tooLong = Buffer.alloc(8)
  tooLong.writeUInt32BE(packetBytesMax - 11, 4)
  const whole = login(imei)
  for (const [bytes, fault, shownAt] of [
    [Buffer.of(1, 2, 3), 'malformed', 2],
    [Buffer.of(0, 0, 0, 1, 0, 0, 0, 9), 'malformed', 8],
    [tooLong, 'too-long', 8],
    [Buffer.of(0, 0, 0, 0, 255, 255, 255, 255), 'too-long', 8],
  ] as const) {
    const hex = whole.toString('hex')
    assert.deepEqual(cut([whole, bytes.subarray(0, shownAt - 1)]), {
      packets: [hex],
      fault: undefined,
      left: shownAt - 1,
    })
    assert.deepEqual(cut([whole, bytes]), { packets: [hex], fault, left: bytes.length })
  }
})
