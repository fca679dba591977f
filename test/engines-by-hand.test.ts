// `npm run engines` without what it brings: servers that run until Ctrl-C, and the settings that
// name them.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { noKafka } from './engines/kafka.ts'

const program = fileURLToPath(new URL('engines/main.ts', import.meta.url))

test(
  'engines by hand: three nodes of Kafka, with the settings of a cluster',
  { skip: noKafka, timeout: 240_000 },
  async () => {
    const child = spawn(process.execPath, [program, '--brokers', '3'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    try {
      let said = ''
      for await (const text of child.stdout.setEncoding('utf8')) {
        said += text as string
        if (said.includes('Ctrl-C')) break
      }
      const [, brokers = ''] =
        /^ROADSTREAM_KAFKA=(\S+) ROADSTREAM_KAFKA_REPLICATION=3 ROADSTREAM_KAFKA_MIN_IN_SYNC=2$/m.exec(said) ?? []
      const ports = brokers.split(',').map((broker) => Number(broker.split(':')[1]))
      assert.equal(ports.length, 3, said)
      for (const port of ports) {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        socket.destroy()
      }
    } finally {
      child.kill('SIGINT')
      await ended
    }
  },
)

test('engines by hand: what they cannot do is told with how they are called', () => {
  for (const args of [
    ['--brokers', '2'],
    ['--nodes', '3'],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
    assert.deepEqual([status, stdout], [64, ''])
    assert.match(stderr, /^npm run engines -- \[--install\] \[--brokers 1 \| 3\]/)
  }
})
