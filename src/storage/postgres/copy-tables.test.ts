// Tables copied between two databases in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { outage } from '../projection.contract.ts'
import { openPgliteSql } from './pglite-sql.ts'
import type { Sql, SqlValue } from './sql.ts'
import { copyTables } from './copy-tables.ts'

const open = async (...statements: readonly string[]): Promise<Sql> => {
  const sql = await openPgliteSql({ logger: silentLogger })
  for (const text of statements) await sql.query(text)
  return sql
}

test('rows whose values are packed a hundredfold never fill the memory', async () => {
  const table = 'create table fat (n integer, body jsonb)'
  const rows = 300
  await using from = await open(
    table,
    `insert into fat select n, json_build_object('text', repeat('x', 50000 + n)) from generate_series(1, ${rows}) as n`,
    // Slim ones before them, as a table has that is older than what made it fat.
    `create table slim (n integer)`,
    `insert into slim select * from generate_series(1, 20000)`,
  )
  await using into = await open(table, 'create table slim (n integer)')
  const [sizes, questions]: [number[], Map<string, number>] = [[], new Map()]
  const watched: Sql = {
    ...from,
    async query<Row>(text: string, params?: readonly SqlValue[]) {
      const found = await from.query<Row>(text, params)
      sizes.push(JSON.stringify(found).length)
      const name = / from (\w+) as row_of/.exec(text)?.[1]
      if (name !== undefined) questions.set(name, (questions.get(name) ?? 0) + 1)
      return found
    },
  }
  assert.deepEqual(await copyTables(watched, into), { fat: rows, slim: 20_000 })
  assert.ok(Math.max(...sizes) < 8 * 2 ** 20, `${Math.max(...sizes)} bytes at a time`)
  assert.ok((questions.get('slim') ?? 0) < 12, `${questions.get('slim')} questions for slim rows`)
  const sum = 'select sum(length(body::text)) as bytes, sum(n) as n from fat'
  assert.deepEqual(await into.query(sum), await from.query(sum))
})

test('a table that has rows already is told by the counts', async () => {
  await using from = await open('create table kept (n integer)', 'insert into kept values (1), (2)')
  await using into = await open('create table kept (n integer)', 'insert into kept values (3)')
  await assert.rejects(copyTables(from, into), outage('STORE_UNAVAILABLE'))
})

test('a copy that was cut short goes on, and what it had half done is done anew', async () => {
  const tables = ['create table one (n integer)', 'create table three (n integer)', 'create table two (n integer)']
  await using from = await open(
    ...tables,
    ...['one', 'three', 'two'].map((name) => `insert into ${name} select * from generate_series(1, 10)`),
  )
  await using into = await open(
    ...tables,
    'insert into one select * from generate_series(1, 10)',
    'insert into three values (8), (99)',
  )
  const told: string[] = []
  const copied = await copyTables(from, into, { goesOn: true, without: ['two'], told: (name) => told.push(name) })
  assert.deepEqual([copied, told], [{ one: 10, three: 10 }, ['one', 'three']])
  for (const [table, n] of [
    ['one', 55],
    ['three', 55],
    ['two', null],
  ])
    assert.deepEqual(await into.query(`select sum(n) as n from ${table}`), [{ n }])
})
