// The promise "acknowledged means stored", tried: the whole system is killed with SIGKILL at random
// moments while cars publish. Afterwards every acknowledged message is in the log, and its effect
// is in the tables exactly once: they equal what a fresh run of the jobs over that log derives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { readConfig } from '../src/config/config.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { assertWhole, openDrivingFleet } from './support/driving-fleet.ts'
import { freePort } from '../src/base/port.testing.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'

const rounds = Number(process.env['ROUNDS'] ?? (process.env['CI'] === 'true' ? 8 : 4))
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const cars = 40

test(`killed ${rounds} times under load: nothing acknowledged is missing, and every effect is there once`, async (context) => {
  context.diagnostic(`seed ${seed}`)
  const random = seeded(seed)
  using folder = temporaryFolder()
  const [mqttPort, httpPort] = [await freePort(), await freePort()]
  const settings = readConfig({ ROADSTREAM_DATA: folder.path, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` })
  assert.ok(settings.ok)
  const begin = () => startSystem({ dataDir: folder.path, mqttPort, httpPort })

  await using fleet = openDrivingFleet(folder.path, mqttPort, cars)
  for (let round = 0; round < rounds; round++) {
    await using system = await begin()
    fleet.drive()
    // The load itself is the point: it runs for a random while before the kill.
    await wait(100 + random() * 1900)
    await system.kill()
  }
  {
    await using system = await begin()
    fleet.park()
    await fleet.flush()
    assert.equal(await system.stop(), 0)
  }
  const stored = await assertWhole(settings.value, fleet)
  context.diagnostic(`${stored} records of ${cars} cars over ${rounds} kills`)
})
