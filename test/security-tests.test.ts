// docs/security-tests.md names tests that there are, of every attack in its list; and what waits
// for a part of the system waits no longer than there is a route for it.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { routesOf, type RouteRights } from '../src/api/route-rights.testing.ts'
import { openFixture } from '../src/api/api.testing.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-storage.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(root, 'docs/security-tests.md'), 'utf8')
const [, ...sections] = page.split(/^## /m)
const sectionOf = (heading: string): string => sections.find((each) => each.startsWith(heading)) ?? ''
const namedIn = (section: string): readonly (readonly [file: string, name: string])[] =>
  [...section.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file = '', name = '']) => [file, name])

const numbers = Array.from({ length: 16 }, (_, index) => 20 + index)

for (const number of numbers)
  test(`the tests against attack ${number} are there by the names they have in the document`, () => {
    const named = namedIn(sectionOf(`${number}. `))
    assert.ok(named.length > 0, `no test is named against attack ${number}`)
    for (const [file, name] of named) {
      assert.ok(existsSync(join(root, file)), `${file} is not there`)
      assert.ok(readFileSync(join(root, file), 'utf8').includes(name), `${file} has no test “${name}”`)
    }
  })

/** Routes by which a part of the system would show, by what the document calls it. */
const parts: Readonly<Record<string, (route: RouteRights) => boolean>> = {
  commands: ({ path }) => /command/.test(path),
  webhooks: ({ path }) => /hook/.test(path),
  PDF: (route) => /pdf/.test(JSON.stringify(route)),
  tiles: ({ path }) => /tile/.test(path),
  images: (route) => /photo|picture|image/.test(JSON.stringify(route)),
  geocoder: ({ path }) => /geocod|address/.test(path),
  'e-mail': ({ path }) => /mail/.test(path),
}

test('what waits for a part waits no longer than it is there: then its tests have a section of its name', async () => {
  const waiting = [...sectionOf('Waiting').matchAll(/^\| ([^|]+) \|/gm)]
    .map(([, part = '']) => part)
    .filter((part) => part !== 'what there is not')
  await using log = openMemoryLog({ partitions: 1 })
  await using fixture = await openFixture(openMemoryStorage(), log.log)
  await fixture.server.ready()
  const routes = routesOf(fixture.server.swagger())
  assert.deepEqual(
    new Set([...waiting, ...Object.keys(parts)]),
    new Set(Object.keys(parts)),
    'a part that nobody knows',
  )
  for (const [part, isOf] of Object.entries(parts)) {
    const found = routes.filter(isOf).map(({ method, path }) => `${method} ${path}`)
    if (waiting.includes(part))
      assert.deepEqual(found, [], `${part} are there: write their tests, under a heading “${part}”`)
    else assert.ok(namedIn(sectionOf(part)).length > 0, `${part} neither wait nor have tests`)
  }
})
