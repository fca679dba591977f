import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { silentLogger } from '../base/logger.ts'
import { uplinkStreams, type UplinkStream } from '../model/topic.ts'
import { decodeEntries, encodeEntry, openOutboxFile, type OutboxFile } from './outbox-file.ts'
import { VehicleOutbox } from './outbox.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-outbox-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const newFolder = (): string => mkdtempSync(join(scratch, 'car-'))
const ref = { tenant: 'acme', vehicle: 'car-1' }
const boot = 'fedcba9876543210'
const openFile = (folder: string): OutboxFile => openOutboxFile({ folder, ref, syncMs: 60_000, logger: silentLogger })

function openOutbox(folder: string, messagesMax = 1000): { readonly outbox: VehicleOutbox; readonly file: OutboxFile } {
  const file = openFile(folder)
  const outbox = new VehicleOutbox({ messagesMax, bytesMax: 1_000_000 }, file)
  file.pending = () => outbox.pending()
  for (const { stream, boot, seq, payload } of file.left) outbox.restore(stream, boot, seq, payload)
  return { outbox, file }
}

const entries = fc.array(
  fc.record({
    kind: fc.constantFrom('put' as const, 'settle' as const),
    stream: fc.constantFrom(...uplinkStreams),
    boot: fc.constantFrom(boot, '0000000000000001'),
    seq: fc.oneof(fc.nat(5), fc.constant(Number.MAX_SAFE_INTEGER)),
    payload: fc.string({ unit: 'grapheme', maxLength: 30 }),
  }),
  { maxLength: 20 },
)

test('a file cut anywhere gives the state after its last whole entry', () => {
  fc.assert(
    fc.property(entries, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const encoded = list.map((entry) => encodeEntry(entry.kind, entry, entry.kind === 'put' ? entry.payload : ''))
      const whole = Buffer.concat(encoded)
      const cut = whole.subarray(0, Math.floor(whole.length * share))
      const expected = new Map<string, object>()
      let wholeBytes = 0
      for (const [index, { kind, stream, boot, seq, payload }] of list.entries()) {
        if (wholeBytes + encoded[index]!.length > cut.length) break
        wholeBytes += encoded[index]!.length
        if (kind === 'put') expected.set(`${stream} ${boot} ${seq}`, { stream, boot, seq, payload })
        else expected.delete(`${stream} ${boot} ${seq}`)
      }
      assert.deepEqual(decodeEntries(cut), { messages: [...expected.values()], wholeBytes })
    }),
  )
})

test('a flipped bit ends the file at that entry, and never gives a changed message', () => {
  const list = [0, 1, 2].map((seq) => encodeEntry('put', { stream: 'event', boot, seq }, `{"n":${seq}}`))
  const whole = Buffer.concat(list)
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const changed = Buffer.from(whole)
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    const { messages } = decodeEntries(changed)
    assert.equal(messages.length, Math.floor(bit / 8 / list[0]!.length))
    for (const [seq, message] of messages.entries())
      assert.deepEqual(message, { stream: 'event', boot, seq, payload: `{"n":${seq}}` })
  }
})

test('what was not acknowledged is there after a restart, oldest first, with its own boot and seq', () => {
  const folder = newFolder()
  const first = openOutbox(folder)
  for (let seq = 0; seq < 5; seq++) first.outbox.put('telemetry', boot, seq, `{"n":${seq}}`, 7)
  for (let count = 0; count < 3; count++) first.outbox.take(10)
  first.outbox.settle(1, true)
  first.outbox.settle(3, false)
  first.file[Symbol.dispose]()
  const second = openOutbox(folder)
  second.outbox.put('telemetry', '1111111111111111', 0, '{}', 2)
  const order = Array.from({ length: 4 }, () => second.outbox.take(10)!.entry)
  assert.deepEqual(
    order.map(({ boot, seq }) => `${boot} ${seq}`),
    [`${boot} 1`, `${boot} 3`, `${boot} 4`, '1111111111111111 0'],
  )
  second.file[Symbol.dispose]()
})

test('through any puts, answers, drops and crashes, a restart finds just what was not settled', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), stream: fc.constantFrom(...uplinkStreams) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), stored: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const folder = newFolder()
      let run = openOutbox(folder, 6)
      let boot = 0
      let seq = 0
      for (const action of steps) {
        if (action.do === 'put') run.outbox.put(action.stream, String(boot).padStart(16, '0'), seq++, `{"n":${seq}}`, 7)
        else if (action.do === 'answer') {
          const taken = run.outbox.take(3)
          if (taken !== undefined) run.outbox.settle(taken.entry.packetId, action.stored)
        } else {
          const before = [...run.outbox.pending()].map(({ stream, boot, seq, payload }) => ({
            stream,
            boot,
            seq,
            payload,
          }))
          run.file[Symbol.dispose]()
          run = openOutbox(folder, 6)
          assert.deepEqual(run.file.left, before)
          boot++
          seq = 0
        }
      }
      run.file[Symbol.dispose]()
    }),
    { numRuns: 60 },
  )
})

test('a torn tail is cut off, and what is appended after it is found', () => {
  const folder = newFolder()
  const first = openOutbox(folder)
  for (let seq = 0; seq < 3; seq++) first.outbox.put('event', boot, seq, '{}', 2)
  first.file[Symbol.dispose]()
  const path = join(folder, 'acme,car-1.outbox')
  truncateSync(path, statSync(path).size - 1)
  const second = openOutbox(folder)
  second.outbox.put('event', boot, 7, '{}', 2)
  second.file[Symbol.dispose]()
  using third = openFile(folder)
  assert.deepEqual(
    third.left.map(({ seq }) => seq),
    [0, 1, 7],
  )
})

test('the file is rewritten when most of it is settled, and stays as small as what is pending', () => {
  const folder = newFolder()
  const { outbox, file } = openOutbox(folder)
  const payload = 'x'.repeat(1000)
  outbox.put('event', boot, 0, payload, 1000)
  outbox.take(1000)
  for (let seq = 0; seq < 3000; seq++) {
    outbox.put('telemetry', boot, seq, payload, 1000)
    outbox.settle(outbox.take(1000)!.entry.packetId, true)
  }
  file[Symbol.dispose]()
  assert.ok(statSync(join(folder, 'acme,car-1.outbox')).size < 300_000)
  using again = openFile(folder)
  assert.deepEqual(
    again.left.map(({ stream, seq }) => [stream, seq]),
    [['event', 0]],
  )
  assert.deepEqual(readdirSync(folder).sort(), ['acme,car-1.outbox', 'acme,car-1.outbox.lock'])
})

test('a vehicle that is open cannot be opened again, and can be once it is closed', () => {
  const folder = newFolder()
  const first = openFile(folder)
  assert.throws(() => openFile(folder), { name: 'Outage', code: 'OUTBOX_BUSY' })
  first[Symbol.dispose]()
  openFile(folder)[Symbol.dispose]()
})

test('the lock of a process that is gone is taken over', () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'acme,car-1.outbox.lock'), '2147483646')
  openFile(folder)[Symbol.dispose]()
})

test('a folder that cannot be made is named', () => {
  const file = join(newFolder(), 'a-file')
  writeFileSync(file, '')
  assert.throws(() => openFile(file), { name: 'Outage', code: 'OUTBOX_FOLDER', message: /a-file/ })
})

test('kill -9 of the process loses nothing it had taken', async () => {
  const folder = newFolder()
  const program = `
    import { openOutboxFile } from ${JSON.stringify(new URL('outbox-file.ts', import.meta.url).href)}
    import { silentLogger } from ${JSON.stringify(new URL('../base/logger.ts', import.meta.url).href)}
    const file = openOutboxFile({ folder: process.argv[1], ref: { tenant: 'acme', vehicle: 'car-1' }, syncMs: 60000, logger: silentLogger })
    let seq = 0
    for (;;) {
      for (let end = seq + 50; seq < end; seq++) file.put({ stream: 'telemetry', boot: '${boot}', seq, payload: '{}', bytes: 2 })
      process.stdout.write(seq + '\\n')
      await new Promise(setImmediate)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let taken = 0
  for await (const chunk of child.stdout) {
    taken = Number(String(chunk).trim().split('\n').at(-1)) || taken
    if (taken >= 500 && !child.killed) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  using file = openFile(folder)
  assert.ok(file.left.length >= 500)
  assert.deepEqual(
    file.left.map(({ seq }) => seq),
    Array.from({ length: file.left.length }, (_, seq) => seq),
  )
})

test('a message is in the file as soon as it was taken, before anything is closed', () => {
  const folder = newFolder()
  const streams: UplinkStream[] = ['telemetry', 'critical']
  const { outbox, file } = openOutbox(folder)
  for (const stream of streams) outbox.put(stream, boot, 0, '{}', 2)
  const { messages } = decodeEntries(readFileSync(join(folder, 'acme,car-1.outbox')))
  assert.deepEqual(
    messages.map(({ stream }) => stream),
    streams,
  )
  file[Symbol.dispose]()
})
