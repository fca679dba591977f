// Promise: a history that is played again, or once more after a break, is the same messages, so
// that it changes nothing; a dry run sends none.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { latenessMs } from '../engine/lateness.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { findMapping } from './mapping-catalogue.ts'
import { replay } from './replay.ts'
import { fleetKey } from './fleet-gateway.testing.ts'
import { openServer } from './import-server.testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-import-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

/** Positions of two cars, every ten seconds, as TeslaMate's table has them. */
function writePositions(name: string, rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const car = row % 2 === 0 ? 1 : 7
    const date = new Date(Date.UTC(2026, 2, 1, 8) + row * 5000).toISOString().slice(0, 23).replace('T', ' ')
    return `${row},${date},52.${String(5_000_000 + row * 500)},13.4,50,9,${10_000 + row / 100},${car},"3, with a comma"`
  })
  const file = join(scratch, name)
  writeFileSync(file, `id,date,latitude,longitude,speed,power,odometer,car_id,note\n${lines.join('\n')}\n`)
  return file
}

const vehicles = join(scratch, 'vehicles.json')
writeFileSync(vehicles, '{"1": "golf", "7": "polo"}')
const words = (file: string): string[] => [
  file,
  '--mapping',
  'teslamate-positions',
  '--vehicles',
  vehicles,
  '--speed',
  'max',
]

test('a second run is the same messages, and so is one after a break', async () => {
  await using server = await openServer()
  const file = writePositions('twice.csv', 500)
  assert.equal((await server.say(words(file))).code, 0)
  const first = new Set(await server.messages())
  assert.deepEqual(new Set([...first].map((text) => text.split(' ')[0])), new Set(['acme/golf', 'acme/polo']))
  assert.equal((await server.say(words(file))).code, 0)
  const second = await server.messages()
  assert.equal(second.length, 2 * first.size)
  assert.deepEqual(new Set(second), first)

  const stop = new AbortController()
  const mapping = findMapping('teslamate-positions')
  assert.ok(mapping.ok)
  const { isInterrupted } = await replay({
    files: [file],
    mapping: mapping.value,
    vehicles: new Map([
      ['1', 'golf'],
      ['7', 'polo'],
    ]),
    url: server.url,
    tenant: 'acme',
    latenessMs,
    passwordOf: vehiclePassword.bind(undefined, fleetKey),
    speed: 'max',
    signal: stop.signal,
    onProgress: ({ samples }) => {
      if (samples === 333) stop.abort()
    },
  })
  assert.ok(isInterrupted)
  assert.deepEqual(new Set(await server.messages()), first)
})

test('another recording, or another car, is other messages; paced ones are new each time', async () => {
  await using server = await openServer()
  const [file, other] = [writePositions('one.csv', 4), writePositions('other.csv', 5)]
  const bootsOf = async (more: readonly string[]): Promise<Set<string>> => {
    const before = new Set(await server.messages())
    assert.equal((await server.say(more)).code, 0)
    return new Set(
      (await server.messages())
        .filter((text) => !before.has(text))
        .map((text) => /"boot":"(\w+)"/.exec(text)?.[1] ?? ''),
    )
  }
  const paced = [...words(file).slice(0, -1), '10000']
  const runs = [words(file), words(other), [file, '--mapping', 'teslamate-positions', '--speed', 'max'], paced, paced]
  const boots: string[] = []
  for (const run of runs) boots.push(...(await bootsOf(run)))
  assert.equal(boots.length, 2 * runs.length)
  assert.equal(new Set(boots).size, boots.length)
})

test('a dry run reads all, says what it is, and sends nothing', async () => {
  await using server = await openServer()
  const { out, code } = await server.say([...words(writePositions('dry.csv', 100)), '--dry-run'])
  assert.equal(code, 0)
  assert.match(out, /read {6}100 rows/)
  assert.match(out, /cars {6}2 \(golf, polo\), 2 segments\n/)
  assert.match(out, /sent {6}nothing, as it was a dry run; it has 100 samples\n/)
  assert.deepEqual(await server.messages(), [])
})

test('a segment that the table does not name is nobody, and no new car; what is wrong with a table is said', async () => {
  await using server = await openServer()
  const file = writePositions('strangers.csv', 10)
  let tables = 0
  const table = (text: string): string => {
    const path = join(scratch, `table-${(tables += 1)}.json`)
    writeFileSync(path, text)
    return path
  }
  const cases: readonly (readonly [more: readonly string[], code: number, says: RegExp])[] = [
    [['--vehicles', table('{"1": "golf"}')], 1, /no 7, which the recording has.*--only/],
    [['--vehicles', table('{"1": "go/lf"}')], 2, /"1" is "go\/lf"; a vehicle id/],
    [['--vehicles', table('{"1": 1}')], 2, /"1" is 1; a vehicle id/],
    [['--vehicles', table('["golf"]')], 2, /such as \{"7": "golf"\}/],
    [['--vehicles', table('{')], 2, /it is no JSON/],
    [['--vehicles', 'none.json'], 2, /none\.json: it cannot be read/],
    [['--vehicles', vehicles, '--vehicle', 'x'], 2, /leave out --vehicle/],
  ]
  for (const [more, code, says] of cases) {
    const said = await server.say([file, '--mapping', 'teslamate-positions', '--speed', 'max', ...more])
    assert.equal(said.code, code, said.err)
    assert.match(said.err, says)
  }
  assert.deepEqual(await server.messages(), [])
  assert.equal(
    (
      await server.say([
        file,
        '--mapping',
        'teslamate-positions',
        '--speed',
        'max',
        '--vehicles',
        table('{"1": "golf"}'),
        '--only',
        '1',
      ])
    ).code,
    0,
  )
})
