import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { AnyModel } from './read-model.ts'
import { readModels } from './read-models.ts'

test('each folder beside the list has its read model in it, by the name of its table; twins are stored by hand', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.deepEqual(
    folders.map(({ name }) => name).sort(),
    [...Object.values<AnyModel>(readModels).map(({ name }) => name), 'twins'].sort(),
  )
  for (const [name, model] of Object.entries<AnyModel>(readModels)) assert.equal(model.name, name)
})

test('the route of a read model is called as its table, as the dashboard asks for it', () => {
  for (const { name, routes } of Object.values<AnyModel>(readModels))
    if (routes !== undefined) assert.equal(routes.path, `/${name}`)
})
