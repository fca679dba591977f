// A car that sends: puts messages into its outbox and settles them, some as critical, which are to
// be on the disk when `put` returns; says which that holds for, and which it is about to settle, a
// line each. Run as: outbox.main.ts FOLDER SAID-FILE MESSAGES
import { openSync, writeSync } from 'node:fs'
import { silentLogger } from '../../../src/base/logger.ts'
import { openOutboxFile } from '../../../src/vehicle/outbox-file.ts'
import type { OutboxEntry } from '../../../src/vehicle/outbox.ts'
import { boot, payloadOf, ref } from './outbox-messages.ts'

const [folder = '', file = '', messages = ''] = process.argv.slice(2)
const saying = openSync(file, 'a')
const say = (line: string): unknown => writeSync(saying, `${line}\n`)

const outbox = openOutboxFile({ folder, ref, syncMs: 60_000, logger: silentLogger })
const pending: OutboxEntry[] = []
outbox.pending = () => pending
for (let seq = 1; seq <= Number(messages); seq += 1) {
  const stream = seq % 5 === 0 ? 'critical' : 'telemetry'
  const payload = payloadOf(seq)
  const entry = { stream, boot, seq, payload, bytes: Buffer.byteLength(payload), age: seq, packetId: 0 } as const
  pending.push(entry)
  outbox.put(entry)
  if (stream === 'critical') say(`stored ${seq}`)
  // So few are left that the file is rewritten now and then.
  while (pending.length > 20) {
    const settled = pending.shift()!
    say(`settles ${settled.seq}`)
    outbox.settle(settled)
  }
}
outbox[Symbol.dispose]()
