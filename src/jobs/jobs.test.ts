import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { jobs } from './jobs.ts'

test('each folder beside the list has its job in it, by its name', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const names = new Set(jobs.map(({ name }) => name))
  assert.deepEqual(
    folders.map(({ name }) => name).filter((name) => !names.has(name)),
    [],
  )
  assert.equal(names.size, jobs.length)
})
