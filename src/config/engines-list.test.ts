// The file of `move --to`: what it takes, and what it says of each line that is wrong.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { engineSettings, readConfig } from './config.ts'
import { readEnginesList } from './engines-list.ts'

function read(text: string) {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-list-'))
  const path = join(dir, 'to.env')
  try {
    writeFileSync(path, text)
    const found = readEnginesList(path, engineSettings)
    return 'faults' in found ? found.faults.map((fault) => fault.replace(path, 'to.env')) : found.settings
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

test('lines name settings, in whatever order, beside comments and empty lines', () =>
  assert.deepEqual(
    read('# to Kafka\n\nROADSTREAM_KAFKA=a:9092,b:9092\r\n  ROADSTREAM_POSTGRES=postgres://u:p=%40@h/d\n'),
    {
      ROADSTREAM_KAFKA: 'a:9092,b:9092',
      ROADSTREAM_POSTGRES: 'postgres://u:p=%40@h/d',
    },
  ))

test('each line that is wrong is told, and no value', () =>
  assert.deepEqual(
    read('export ROADSTREAM_KAFKA=secret\nROADSTREAM_DATA=secret\nROADSTREAM_KAFKA=a:1\nROADSTREAM_KAFKA=secret\n'),
    [
      'to.env, line 1: give NAME=value, or a comment after #',
      'to.env, line 2: ROADSTREAM_DATA says nothing of where log and tables are; only ROADSTREAM_KAFKA…, ROADSTREAM_POSTGRES… and ROADSTREAM_LOG_PARTITIONS stand in this file',
      'to.env, line 4: ROADSTREAM_KAFKA stands twice: leave one of them out',
    ],
  ))

test('a file that is not there is told', () =>
  assert.match(String(Object.values(readEnginesList('/nowhere/to.env', engineSettings))), /cannot be read \(ENOENT\)/))

test('settings of engines that the file leaves out are unset, and all others are as they were', () => {
  const env = { ROADSTREAM_KAFKA: 'a:9092', ROADSTREAM_KAFKA_PREFIX: 'x.', ROADSTREAM_TENANT: 'acme' }
  const moved = readConfig(env, { ROADSTREAM_POSTGRES: 'postgres://u:p@h/d' })
  assert.ok(moved.ok)
  assert.deepEqual([moved.value.kafka, moved.value.postgres?.database, moved.value.tenant], [undefined, 'd', 'acme'])
})
