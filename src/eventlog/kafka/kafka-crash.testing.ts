// A process that commits until it is killed, three tasks at a time, and says on standard output
// what was stored, `commit TASK`. Run as: kafka-crash.testing.ts HOST:PORT PREFIX
import { writeSync } from 'node:fs'
import { count } from './counting.testing.ts'
import { memoryLocal, openTestStateOn } from './kafka-state.testing.ts'

const [address = '', prefix = ''] = process.argv.slice(2)
const [host = '', port] = address.split(':')
const form = { prefix, replication: 1, minInSync: 1, isCreating: true }
const local = memoryLocal()
const servers = { brokers: [{ host, port: Number(port) }], tls: undefined, sasl: undefined }
const opened = await openTestStateOn(local.state, { servers, form })
writeSync(1, 'open\n')

async function countForEver(task: string): Promise<void> {
  for (;;) {
    await count(opened, task)
    writeSync(1, `commit ${task}\n`)
  }
}

await Promise.all(['trips@1/0', 'trips@1/1', 'twin@1/1'].map(countForEver))
