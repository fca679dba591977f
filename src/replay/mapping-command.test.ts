import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { vssCatalogue } from '../model/catalogue.ts'
import { mappingNames, shippedAnyMapping } from './mapping-catalogue.ts'
import { mappingCommand } from './mapping-command.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-mapping-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

async function say(...words: readonly string[]): Promise<{ out: string; err: string; code: number }> {
  const said = { out: '', err: '' }
  const code = await mappingCommand(words, {
    catalogue: vssCatalogue,
    print: (text) => void (said.out += text),
    complain: (text) => void (said.err += text),
  })
  return { ...said, code }
}

test('every mapping that comes with Roadstream has an example, and all are right', async () => {
  for (const name of mappingNames()) assert.ok((shippedAnyMapping(name).examples?.length ?? 0) > 0, name)
  const { out, err, code } = await say('test')
  assert.deepEqual([code, err, out.match(/examples? right/g)?.length], [0, '', mappingNames().length])
})

test('an example that does not come true is told by its path, with what came', async () => {
  const file = join(scratch, 'mine.json')
  const mapping = {
    name: 'mine',
    about: 'x',
    from: { form: 'csv' },
    time: { as: 'epoch', field: 't', unit: 's' },
    signals: { 'Vehicle.Speed': { field: 'v', unit: 'mph' } },
    examples: [
      {
        rows: [{ t: '1767225600', v: '10' }],
        samples: [{ at: '2026-01-01T00:00:01Z', signals: { 'Vehicle.Speed': 10 } }],
      },
    ],
  }
  writeFileSync(file, JSON.stringify(mapping))
  const { err, code } = await say('test', file)
  assert.equal(code, 1)
  assert.match(err, /\$\.examples\[0\]\.samples\[0\]\.at is 2026-01-01T00:00:00\.000Z, not 2026-01-01T00:00:01Z\./)
  assert.match(err, /signals\["Vehicle\.Speed"\] is 16\.09344, not 10\./)
  const received = { ...mapping, time: { ...mapping.time, clock: 'received' } }
  writeFileSync(file, JSON.stringify(received))
  assert.match((await say('test', file)).err, /\$\.examples\[0\]\.samples\[0\]\.clock is received, not measured\./)
  const samples = [{ at: '2026-01-01T00:00:00Z', clock: 'received', signals: { 'Vehicle.Speed': 16.09344 } }]
  writeFileSync(file, JSON.stringify({ ...received, examples: [{ ...mapping.examples[0], samples }] }))
  assert.equal((await say('test', file)).code, 0)
  writeFileSync(file, '{}')
  assert.match((await say('test', file)).err, /mine\.json: \$\.name is missing/)
  for (const words of [[], ['check'], ['test', '--all']]) assert.equal((await say(...words)).code, 2)
})
