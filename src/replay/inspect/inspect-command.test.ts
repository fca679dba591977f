import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findMapping } from '../mapping-catalogue.ts'
import { inspectCommand } from './inspect-command.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-inspect-command-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const torque = fileURLToPath(new URL('../samples/torque.csv', import.meta.url))

async function say(...words: readonly string[]): Promise<{ out: string; err: string; code: number }> {
  const said = { out: '', err: '' }
  const code = await inspectCommand(['--inspect', ...words], {
    print: (text) => void (said.out += text),
    complain: (text) => void (said.err += text),
  })
  return { ...said, code }
}

test('the draft goes to standard output, or to a new file; what was seen goes to standard error', async () => {
  const shown = await say(torque)
  assert.equal(shown.code, 0)
  assert.match(
    shown.err,
    /"Speed \(OBD\)\(km\/h\)": 100 % filled, 36 to 40; "36", "38", "40" → Vehicle\.Speed in km\/h\n/,
  )
  const file = join(scratch, 'torque.json')
  const written = await say(torque, '--draft', file)
  assert.deepEqual([written.code, written.out, readFileSync(file, 'utf8')], [0, '', shown.out])
  assert.ok(findMapping(file).ok)
  const again = await say(torque, '--draft', file)
  assert.deepEqual([again.code, again.out], [1, ''])
  assert.match(again.err, /torque\.json cannot be written \(EEXIST\)/)
})

test('what it cannot do is told in one line, with the name of the file', async () => {
  writeFileSync(join(scratch, 'long.csv'), 'x'.repeat(1_200_000))
  for (const [words, code, text] of [
    [[], 2, /looks at one FILE/],
    [[torque, torque], 2, /looks at one FILE/],
    [[torque, '--speed', '2'], 2, /looks at one FILE/],
    [['nowhere.csv'], 1, /There is no file nowhere\.csv/],
    [[join(scratch, 'long.csv')], 1, /long\.csv: line 1 has more than 1000000 characters/],
  ] as const) {
    const said = await say(...words)
    assert.deepEqual([said.code, said.out, said.err.split('\n').length], [code, '', 2])
    assert.match(said.err, text)
  }
})

test('of the mappings that a table fits, the one of which the most columns are there is named first', async () => {
  const columns =
    'id,date,latitude,longitude,speed,power,odometer,battery_level,usable_battery_level,rated_battery_range_km,outside_temp,car_id'
  const file = join(scratch, 'positions.csv')
  writeFileSync(file, `${columns}\n1,2026-03-01 08:00:00,52.5,13.4,50,9,10000.5,61,60,250.5,4.5,7\n`)
  const { err } = await say(file)
  assert.match(err, /reads?: try --mapping teslamate-positions\.\n/)
})
