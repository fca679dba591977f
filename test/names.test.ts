// An exported name has one meaning in all of src. Where two files have to give the same name to
// different things, or the same thing stands twice, it is named here with the reason.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

const excused: Readonly<Record<string, string>> = {
  CloseReason: 'of the vehicle SDK, whose names are public, and of the live feed',
  Credentials: 'of an MQTT client, and of the person who signs in, as the API names it',
  EndReason: 'of a bridge connection and of a tracker: metric labels of the same place',
  Percentiles: 'the contract with the dashboard imports nothing, so it repeats the type',
  RateLimit: 'of the packets of a client and of sign-ins',
  Session: 'of MQTT and of a person, both words of their fields',
  count: 'a kind of number, in the vocabulary of mappings and in that of the API',
  createRateLimit: 'as RateLimit',
  encodeMessage: 'of a message of a car and of a message that waits for a session',
  instant: 'as count',
  oneOf: 'a choice of words, in the vocabulary of settings and in that of mappings',
  pingRequest: 'the vehicle SDK imports nothing of the gateway, so it repeats the two bytes',
  refuse: 'what a listener answers: by HTTP and by CONNACK',
  replay: 'the command and the function that does it',
  simulate: 'as replay',
  text: 'as oneOf',
}

const declaration = /^export (?:declare |abstract |async )*(?:function\*?|const|let|class|type|interface) (\w+)/gm

function namesIn(files: readonly string[]): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const file of files)
    for (const name of new Set(
      [...readFileSync(join(root, file), 'utf8').matchAll(declaration)].map((match) => match[1] ?? ''),
    ))
      names.set(name, [...(names.get(name) ?? []), file])
  return names
}

test('no exported name of src stands for two things', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !/\.(test|testing|contract)\.ts$/.test(file))
  assert.ok(files.length > 300, 'the sources were not found')
  const repeated = [...namesIn(files)].filter(([, places]) => places.length > 1)
  assert.deepEqual(
    repeated.filter(([name]) => !(name in excused)),
    [],
    'rename the rarer one, or say why both must have the name',
  )
  const repeatedNames = new Set(repeated.map(([name]) => name))
  assert.deepEqual(
    Object.keys(excused).filter((name) => !repeatedNames.has(name)),
    [],
    'these stand once by now: take them from the list',
  )
})
