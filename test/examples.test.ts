// The commands that the documents show for Mosquitto's client, run by a shell as they stand there,
// with stand-ins for the two programs: what would be published is a message of ours that was
// measured now.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseMessage } from '../src/model/message-codec.ts'
import { parseUplinkTopic } from '../src/model/topic.ts'
import { temporaryFolder } from './support/running-system.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const documents = ['README.md', ...globSync('docs/*.md', { cwd: root })]
const examples = documents.flatMap((name) =>
  [...readFileSync(join(root, name), 'utf8').matchAll(/^```\w*\n(mosquitto_pub [\s\S]*?)^```/gm)].map(
    ([, command = '']) => ({
      name,
      command,
    }),
  ),
)

test('the documents show how a car publishes by hand', () => {
  assert.ok(examples.length >= 2)
})

for (const { name, command } of examples)
  test(`the example of ${name} publishes a message that was measured now`, () => {
    using folder = temporaryFolder()
    const stand = (program: string, script: string): void => {
      writeFileSync(join(folder.path, program), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder.path, program), 0o755)
    }
    stand('npm', 'echo the-password')
    stand('mosquitto_pub', String.raw`printf '%s\0' "$@"`)
    const before = Date.now()
    const { stdout, stderr, status } = spawnSync('bash', ['-c', command], {
      encoding: 'utf8',
      env: { PATH: `${folder.path}${delimiter}${process.env['PATH'] ?? ''}` },
    })
    assert.equal(status, 0, stderr)
    const words = stdout.split('\0')
    const valueOf = (option: string): string => words[words.indexOf(option) + 1] ?? ''
    const topic = parseUplinkTopic(valueOf('-t'))
    assert.ok(topic.ok)
    assert.equal(valueOf('-i'), `${topic.value.tenant}/${topic.value.vehicle}`)
    const message = parseMessage(Buffer.from(valueOf('-m')))
    assert.ok(message.ok, JSON.stringify(message))
    const instants = 'samples' in message.value ? message.value.samples.map(({ at }) => at) : [message.value.at]
    for (const at of instants) assert.ok(at >= before - 1000 && at <= Date.now(), `at is ${at}`)
  })
