// The page of normative statements says what the tests prove: every statement of both standards
// stands on it once, every test it names exists.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(root, 'docs/mqtt-conformance.md'), 'utf8')

/** Statements are numbered from 1 within a section; a range where they are not. */
const statements5 = `1.5.4 3, 1.5.5 1, 1.5.7 1, 2.1.3 1, 2.2.1 2-6, 2.2.2 1, 3.1.0 2, 3.1.2 30, 3.1.3 12, 3.1.4 6, 3.2.0 2, 3.2.2 22, 3.3.1 13, 3.3.2 20, 3.3.4 10, 3.4.2 3,
  3.5.2 3, 3.6.1 1, 3.6.2 3, 3.7.2 3, 3.8.1 1, 3.8.3 5, 3.8.4 8, 3.9.2 2, 3.9.3 2, 3.10.1 1, 3.10.3 2, 3.10.4 6, 3.11.2 2, 3.11.3 2, 3.12.4 1, 3.14.0 1, 3.14.1 1, 3.14.2 4,
  3.14.4 3, 3.15.1 1, 3.15.2 3, 4.1.0 2, 4.2 1, 4.3.1 1, 4.3.2 5, 4.3.3 13, 4.4.0 2, 4.5.0 2, 4.6.0 6, 4.7.0 1, 4.7.1 2, 4.7.2 1, 4.7.3 4, 4.8.2 6, 4.9.0 3, 4.12.0 7,
  4.12.1 2, 4.13.1 1, 4.13.2 1, 6.0.0 4`
const statements3 = `1.5.3 3, 2.2.2 2, 2.3.1 7, 3.1.0 2, 3.1.2 24, 3.1.3 11, 3.1.4 5, 3.2.0 1, 3.2.2 6, 3.3.1 12, 3.3.2 3, 3.3.4 1, 3.3.5 2, 3.6.1 1, 3.8.1 1, 3.8.3 4, 3.8.4 6,
  3.9.3 2, 3.10.1 1, 3.10.3 2, 3.10.4 6, 3.12.4 1, 3.14.1 1, 3.14.4 3, 4.1.0 2, 4.3.1 1, 4.3.2 2, 4.3.3 2, 4.4.0 1, 4.5.0 2, 4.6.0 6, 4.7.1 3, 4.7.2 1, 4.7.3 4, 4.8.0 2,
  6.0.0 4, 7.0.0 2, 7.1.1 1, 7.1.2 1`

const idsOf = (list: string): string[] =>
  list.split(',').flatMap((each) => {
    const [section, numbers] = each.trim().split(' ') as [string, string]
    const [from, to] = numbers.includes('-') ? numbers.split('-').map(Number) : [1, Number(numbers)]
    return Array.from({ length: to! - from! + 1 }, (_, index) => `${section}-${from! + index}`)
  })

const rows = [...page.matchAll(/^\| ([^|]*) \| ([^|]*) \| ([^|]+) \| (.+) \|$/gm)].filter(
  ([line]) => !line.startsWith('| MQTT 5 |'),
)
const listed = (text: string): string[] => text.split(',').flatMap((id) => (id.trim() === '' ? [] : [id.trim()]))
const clientsOnly = /^Only clients are bound by: MQTT 5: (.+?)\. MQTT 3\.1\.1: (.+)\.$/m.exec(page)

for (const [version, column, all] of [
  ['5.0', 1, statements5],
  ['3.1.1', 2, statements3],
] as const)
  test(`docs/mqtt-conformance.md has every statement of MQTT ${version} once`, () => {
    const ids = [...rows.flatMap((row) => listed(row[column]!)), ...listed(clientsOnly![column]!)]
    assert.deepEqual(ids.toSorted(), idsOf(all).toSorted())
  })

test('docs/mqtt-conformance.md names for each statement a test that exists, or says why there is none', () => {
  const sources = globSync('src/{mqtt,ingest,gateway}/**/*.test.ts', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  )
  const names = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/\b(?:test|inEachVersion)\(\s*(?:'((?:[^'\\]|\\.)+)'|"([^"]+)")/g)].map(
        ([, single, double]) => single ?? double!,
      ),
    ),
  )
  for (const [line, , , , proof] of rows) {
    if (proof!.startsWith('— ')) continue
    const cited = [...proof!.matchAll(/“([^”]+)”/g)].map(([, name]) => name!)
    assert.ok(cited.length > 0, line)
    for (const name of cited) assert.ok(names.has(name), `there is no test named: ${name}`)
  }
})

test('docs/mqtt-conformance.md counts what it holds', () => {
  const count = (column: 1 | 2): number => rows.flatMap((row) => listed(row[column]!)).length
  assert.ok(page.includes(`${count(1)} of MQTT 5`), `${count(1)} of MQTT 5`)
  assert.ok(page.replaceAll('\n', ' ').includes(`${count(2)} of 3.1.1`), `${count(2)} of 3.1.1`)
  assert.ok(
    page.includes(
      `MQTT 5.0 has ${idsOf(statements5).length} such statements, MQTT 3.1.1 has ${idsOf(statements3).length}`,
    ),
  )
})
