// The command without any engine: how it is called, what it refuses before anything is opened, and
// how a move is given up.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../base/logger.ts'
import { readConfig } from '../config/config.ts'
import { writeEngines } from '../compose/engines-file.ts'
import { moveCommand } from './command.ts'

type Run = (args: readonly string[], settings?: Readonly<Record<string, string>>) => Promise<readonly [number, string]>

async function inFolder(work: (dir: string, run: Run) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-move-command-'))
  const run: Run = async (args, settings = {}) => {
    const env = { ROADSTREAM_DATA: dir, ...settings }
    const config = readConfig(env)
    assert.ok(config.ok)
    let said = ''
    const say = (text: string): void => void (said += text)
    const deps = { print: say, complain: say, now: () => 0, steady: () => 0, logger: silentLogger }
    return [await moveCommand(args, config.value, env, deps), said]
  }
  try {
    await work(dir, run)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const onKafka = { ROADSTREAM_KAFKA: 'kafka.example:9092' }

test('what it is called with is told', () =>
  inFolder(async (_, run) => {
    for (const args of [[], ['--to', 'x', '--give-up'], ['somewhere']]) assert.equal((await run(args))[0], 2)
    const [code, said] = await run(['--help'])
    assert.deepEqual([code, said.startsWith('roadstream move --to FILE')], [0, true])
  }))

test('a file that names nothing new, what the settings do not take, or another of the same kind is refused', () =>
  inFolder(async (dir, run) => {
    const file = join(dir, 'to.env')
    const refusal = async (text: string, settings?: Readonly<Record<string, string>>): Promise<string> => {
      writeFileSync(file, text)
      const [code, said] = await run(['--to', file], settings)
      assert.equal(code, 2)
      return said
    }
    assert.match(await refusal(''), /there is nothing to move/)
    assert.match(await refusal('ROADSTREAM_KAFKA=nowhere\n'), /ROADSTREAM_KAFKA is "nowhere": give host:port/)
    assert.match(
      await refusal('ROADSTREAM_KAFKA=kafka.example:9092\nROADSTREAM_KAFKA_PREFIX=new.\n', onKafka),
      /another Kafka prefix/,
    )
    assert.ok(!existsSync(join(dir, 'engines.json')), 'nothing was begun')
  }))

test('a move elsewhere is not begun beside one that has not ended, which can be given up before its last step', () =>
  inFolder(async (dir, run) => {
    const file = join(dir, 'to.env')
    writeFileSync(file, 'ROADSTREAM_KAFKA=kafka.example:9092\n')
    const move = { id: 'a', parts: ['log'], to: 'Kafka elsewhere', stamp: 'x' } as const
    const engines = { log: 'embedded', tables: 'embedded' } as const
    writeEngines(dir, { ...engines, move })
    const [code, said] = await run(['--to', file])
    assert.deepEqual([code, /A move of .* to Kafka elsewhere was begun and has not ended/.test(said)], [1, true])
    mkdirSync(join(dir, 'log.moving'))
    mkdirSync(join(dir, 'log'))
    assert.match((await run(['--give-up']))[1], /The move to Kafka elsewhere is given up/)
    assert.deepEqual([existsSync(join(dir, 'log.moving')), existsSync(join(dir, 'engines.json'))], [false, false])
    mkdirSync(join(dir, 'derived.moving'))
    assert.match((await run(['--give-up']))[1], /No move of .* is under way/)
    assert.ok(!existsSync(join(dir, 'derived.moving')), 'what a refused try left goes as well')
    writeEngines(dir, { ...engines, move: { ...move, isSwitching: true } })
    await assert.rejects(run(['--give-up']), { code: 'MOVE_UNDER_WAY' })
  }))
