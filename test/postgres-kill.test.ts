// A PostgreSQL server under the whole system is killed with SIGKILL at random moments, and started
// again: cars go on all the while, the writers wait and go on, and no row is missing or doubled.
// Once the system is killed while the server is away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { readConfig } from '../src/config/config.ts'
import { openPgSql } from '../src/storage/postgres/pg-sql.ts'
import { noPostgres, startPostgres } from './engines/postgres.ts'
import { assertWhole, openDrivingFleet } from './support/driving-fleet.ts'
import { startSystem, temporaryFolder, type RunningSystem } from './support/running-system.ts'

const rounds = process.env['CI'] === 'true' ? 10 : 3
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const cars = 20

async function readiness(system: RunningSystem, wanted: number): Promise<void> {
  while ((await fetch(`${system.dashboardUrl}/readyz`)).status !== wanted) await wait(20)
}

const countOf = (text: string, part: string): number => text.split(part).length - 1

test(
  `a server killed ${rounds} times under load: writers wait and go on, and every effect is in the tables once`,
  { skip: noPostgres, timeout: 280_000 },
  async (context) => {
    context.diagnostic(`seed ${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    await using postgres = await startPostgres()
    {
      await using sql = openPgSql({ server: postgres.server('postgres'), logger: silentLogger })
      await sql.query('create database fleet')
    }
    const [mqttPort, httpPort] = [await freePort(), await freePort()]
    const settings = { ROADSTREAM_POSTGRES: postgres.url('fleet') }
    const config = readConfig({
      ...settings,
      ROADSTREAM_DATA: folder.path,
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
    })
    assert.ok(config.ok)
    const begin = () => startSystem({ dataDir: folder.path, mqttPort, httpPort, settings })

    await using fleet = openDrivingFleet(folder.path, mqttPort, cars)
    const acknowledged = (): number => fleet.cars.reduce((sum, { stats }) => sum + stats.acknowledged, 0)
    {
      await using system = await begin()
      fleet.drive()
      for (let round = 0; round < rounds; round++) {
        await wait(100 + random() * 900)
        await postgres.stop('SIGKILL')
        await readiness(system, 503)
        const before = acknowledged()
        while (acknowledged() < before + cars) await wait(20)
        await postgres.start()
        await readiness(system, 200)
      }
      assert.equal(countOf(system.said(), '(ROADSTREAM_POSTGRES) does not answer'), rounds, system.said())
      assert.equal(countOf(system.said(), 'the database answers again'), rounds)
      const password = postgres.server('fleet').password ?? ''
      assert.ok(!system.said().includes(password) && !system.said().includes(encodeURIComponent(password)))
      await postgres.stop('SIGKILL')
      await system.kill()
      await postgres.start()
    }
    {
      await using system = await begin()
      fleet.park()
      await fleet.flush()
      assert.equal(await system.stop(), 0)
    }
    const stored = await assertWhole(config.value, fleet)
    context.diagnostic(`${stored} records of ${cars} cars over ${rounds + 1} kills`)
  },
)
