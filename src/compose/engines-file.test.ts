// The file that says where a folder's log and tables are: whom it lets start.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig, type Config } from '../config/config.ts'
import {
  examineEngines,
  forgetMove,
  readEngines,
  refuseElsewhere,
  writeEngines,
  type EnginesFile,
} from './engines-file.ts'

const onKafka = { ROADSTREAM_KAFKA: 'kafka.example:9092' }

function inFolder(work: (configOf: (settings?: Readonly<Record<string, string>>) => Config) => void): void {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-engines-'))
  try {
    work((settings = {}) => {
      const config = readConfig({ ROADSTREAM_DATA: dir, ...settings })
      assert.ok(config.ok)
      return config.value
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const moved: EnginesFile = {
  log: 'kafka',
  tables: 'embedded',
  movedAt: '2026-11-29T00:00:00.000Z',
  kept: ['log.before-x'],
}
const plan = { id: 'a1', parts: ['log'], to: 'Kafka at kafka.example:9092', stamp: 'x' } as const

test('a folder that was never moved takes any engines', () =>
  inFolder((configOf) => {
    for (const part of ['log', 'tables'] as const) {
      refuseElsewhere(configOf(), part)
      refuseElsewhere(configOf(onKafka), part)
    }
  }))

test('after a move the engines of before are refused, with what was kept and the remedy', () =>
  inFolder((configOf) => {
    const config = configOf()
    writeEngines(config.dataDir, moved)
    refuseElsewhere(configOf(onKafka), 'log')
    refuseElsewhere(config, 'tables')
    assert.throws(() => refuseElsewhere(config, 'log'), {
      code: 'ENGINE_ELSEWHERE',
      message: /went to Kafka with the move of 2026-11-29.*ROADSTREAM_KAFKA names the embedded.*log\.before-x/,
    })
  }))

test('while a move is under way those of before hold, and at its last step none', () =>
  inFolder((configOf) => {
    const { dataDir } = configOf()
    writeEngines(dataDir, { log: 'embedded', tables: 'embedded', move: plan })
    refuseElsewhere(configOf(), 'log')
    assert.throws(() => refuseElsewhere(configOf(onKafka), 'log'), {
      message: /until that move has ended ROADSTREAM_KAFKA/,
    })
    writeEngines(dataDir, { log: 'embedded', tables: 'embedded', move: { ...plan, isSwitching: true } })
    for (const config of [configOf(), configOf(onKafka)])
      for (const part of ['log', 'tables'] as const)
        assert.throws(() => refuseElsewhere(config, part), { message: /at its last step/ })
  }))

test('a move that is given up leaves the folder as it was', () =>
  inFolder((configOf) => {
    const { dataDir } = configOf()
    forgetMove(dataDir, { log: 'embedded', tables: 'embedded', move: plan })
    assert.ok(!existsSync(join(dataDir, 'engines.json')))
    forgetMove(dataDir, { ...moved, move: plan })
    assert.deepEqual(readEngines(dataDir), moved)
  }))

test('doctor tells of a folder that was moved, and of a move that has not ended', async () => {
  const states: (string | undefined)[] = []
  const looks: Promise<unknown>[] = []
  inFolder((configOf) => {
    const { dataDir } = configOf()
    const look = (): void =>
      void looks.push(
        examineEngines(configOf(onKafka))
          .look()
          .then((found) => states.push(found[0]?.state)),
      )
    look()
    writeEngines(dataDir, moved)
    look()
    writeEngines(dataDir, { ...moved, move: plan })
    look()
    writeEngines(dataDir, { ...moved, log: 'embedded' })
    looks.push(assert.rejects(examineEngines(configOf(onKafka)).look(), { code: 'ENGINE_ELSEWHERE' }))
  })
  await Promise.all(looks)
  assert.deepEqual(states, [undefined, 'ok', 'warning'])
})

test('a file that cannot be read lets nobody start', () =>
  inFolder((configOf) => {
    const config = configOf()
    for (const text of ['', '{}', '{"log":"kafka"}']) {
      writeFileSync(join(config.dataDir, 'engines.json'), text)
      assert.throws(() => refuseElsewhere(config, 'log'), { code: 'ENGINES_UNREADABLE' })
    }
  }))
