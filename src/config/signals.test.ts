// Overlays that are of some models alone, as a setting: `FILE for MODEL version VERSION`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from './config.ts'

const acme = fileURLToPath(new URL('../../docs/examples/acme.json', import.meta.url))

function modelsOf(setting: string): unknown {
  const config = readConfig({ ROADSTREAM_SIGNALS: setting })
  assert.ok(config.ok, config.ok ? '' : config.detail)
  return config.value.signals.find(({ path }) => path === 'Vehicle.Acme.Mode')?.models
}

test('a file is of all vehicles, or of a model, or of versions of it; named twice it is of both', () => {
  assert.equal(modelsOf(acme), undefined)
  assert.deepEqual(modelsOf(`${acme} for Sprinter 315 CDI`), [{ model: 'Sprinter 315 CDI' }])
  assert.deepEqual(modelsOf(`${acme} for Sprinter* version 2.*, ${acme} for eVan`), [
    { model: 'Sprinter*', version: '2.*' },
    { model: 'eVan' },
  ])
  assert.equal(modelsOf(`${acme} for eVan, ${acme}`), undefined)
  assert.equal(modelsOf(`${acme}, ${acme} for eVan`), undefined)
})

test('what cannot be read is told by the name of the file alone, and two stars by the entry', () => {
  const config = readConfig({ ROADSTREAM_SIGNALS: `none.json for eVan,${acme} for *Van* version 2` })
  assert.ok(!config.ok)
  assert.deepEqual(config.detail.split('\n'), [
    'ROADSTREAM_SIGNALS names none.json, which cannot be read (ENOENT): give a file that is there',
    `ROADSTREAM_SIGNALS names ${acme} for *Van* version 2: a model and a version have one * at most, which stands for any part of it`,
  ])
})
