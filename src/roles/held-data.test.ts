import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentLogger } from '../base/logger.ts'
import type { Twin } from '../model/twin.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import { openControlSocket } from './control-socket.ts'
import { heldData, newestHeld } from './held-data.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'roadstream-held-'))
after(() => rmSync(dataDir, { recursive: true, force: true }))

test('the newest instants of any number of vehicles are told, and that one was never heard; without a system nothing is known', async () => {
  /** car7 was heard at 7; others never. */
  const get = async (ref: VehicleRef): Promise<Twin | undefined> => {
    const at = Number(/^car(\d+)$/.exec(ref.vehicle)?.[1] ?? NaN)
    return Number.isNaN(at) ? undefined : { ...ref, at, receivedAt: null, carClock: null, signals: {} }
  }
  const instants = Array.from({ length: 1000 }, (_, index) => index)
  const keys = [...instants.map((index) => `demo/car${index}`), 'demo/none', 'no key']
  assert.equal(await newestHeld(dataDir, keys), undefined)
  {
    await using _ = await openControlSocket({ dataDir, role: 'api' }, heldData({ get }), silentLogger)
    assert.deepEqual(await newestHeld(dataDir, keys), [...instants, null, null])
  }
  assert.equal(await newestHeld(dataDir, keys), undefined)
})

test('one of another version, which does not know the question, says nothing of them', async () => {
  await using _ = await openControlSocket({ dataDir, role: 'api' }, {}, silentLogger)
  assert.equal(await newestHeld(dataDir, ['demo/car1']), undefined)
})
