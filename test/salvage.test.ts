// A damaged event log as an operator meets it: the start refuses and names the remedy, the remedy
// says what is missing, and afterwards every row that could be made again is there once.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../src/base/logger.ts'
import { openLogs, openStorage } from '../src/compose/adapters.ts'
import { readConfig, type Config } from '../src/config/config.ts'
import type { EventLog } from '../src/eventlog/event-log.ts'
import { decodeBlockKey } from '../src/eventlog/lmdb/block-key.ts'
import { nodesOf, openPageFile, pageFlag } from '../src/eventlog/lmdb/page-file.ts'
import { newestMeta } from '../src/eventlog/lmdb/page-tree.ts'
import type { VehicleRef } from '../src/model/vehicle-id.ts'
import type { Storage } from '../src/storage/storage.ts'
import { allRows, messagesOf, openHoursLater, readOutOf } from './support/read-out.ts'
import { runCommand, temporaryFolder } from './support/running-system.ts'
import { wholeReach } from '../src/storage/reach.ts'

const cars = ['one', 'two', 'three'] as const
const messages = 200

async function command(args: readonly string[], dataDir: string) {
  const { code, stdout, stderr } = await runCommand(args, { ROADSTREAM_DATA: dataDir })
  return { code, said: stdout + stderr }
}

/** Each car drives for some minutes, one message in a block of its own. */
async function drive(config: Config): Promise<void> {
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  const beganAt = Date.now() - messages * 1_000
  for (let seq = 1; seq <= messages; seq += 1) {
    const at = beganAt + seq * 1_000
    const records = cars.map((car, index) => {
      const ignition = seq < messages - 5 ? 'ON' : 'OFF'
      const signals = {
        'Vehicle.LowVoltageSystemState': ignition,
        'Vehicle.Speed': ignition === 'ON' ? 40 : 0,
        'Vehicle.CurrentLocation.Latitude': -34.9 + seq * 1e-4,
        'Vehicle.CurrentLocation.Longitude': -56.1 - index * 1e-2,
      }
      const value = Buffer.from(JSON.stringify({ boot: '00000000000000aa', seq: seq - 1, samples: [{ at, signals }] }))
      return { topic: 'telemetry', key: `demo/${car}`, value, at, receivedAt: at }
    })
    await uplink.log.append(records)
  }
}

/** Zeros the pages that say where older blocks of telemetry are, and nothing else. */
function zeroLeaves(path: string): void {
  using file = openPageFile(path)
  const newest = newestMeta(file, [])!.transaction
  const leaves: number[] = []
  for (let number = 2; number * file.pageBytes < file.bytes; number += 1) {
    const page = file.page(number)
    if (page?.number !== number || page.flags !== pageFlag.leaf || page.transaction >= newest - 100) continue
    const places = nodesOf(page).nodes.map(({ key }) => decodeBlockKey(key))
    if (places.length > 3 && places.every(({ version, topicId }) => version === 2 && topicId === 1)) leaves.push(number)
  }
  assert.ok(leaves.length > 0, 'no page holds blocks of telemetry alone')
  const bytes = readFileSync(path)
  for (const number of leaves) bytes.fill(0, number * file.pageBytes, (number + 1) * file.pageBytes)
  writeFileSync(path, bytes)
}

/** Zeros the page that names the trees. */
function zeroRoot(path: string): void {
  using file = openPageFile(path)
  const bytes = readFileSync(path)
  const start = Number(newestMeta(file, [])!.main.root) * file.pageBytes
  writeFileSync(path, bytes.fill(0, start, start + file.pageBytes))
}

const refOf = (car: string): VehicleRef => ({ tenant: 'demo', vehicle: car })

async function rowsOf(config: Config, storage: Storage, uplink: EventLog) {
  const listed = messagesOf(config, uplink, storage)
  const perCar = await Promise.all(
    cars.map((car) => allRows((page) => listed.list(refOf(car), { stream: 'telemetry' }, page))),
  )
  const trips = await allRows((page) => storage.trips.list(wholeReach('demo'), {}, page))
  const ledger = await allRows((page) => storage.ledger.list(wholeReach('demo'), {}, page))
  return { messages: perCar.map((rows) => rows.map(({ id }) => id).sort()), trips, ledger }
}

test('a damaged log is refused with the remedy; after it every row is there once, and what is missing is named', async () => {
  using folder = temporaryFolder()
  const settings = readConfig({ ROADSTREAM_DATA: folder.path })
  assert.ok(settings.ok)
  const config = settings.value
  await drive(config)
  const read = async () => {
    await using storage = await openStorage(config, silentLogger)
    await using logs = await openHoursLater(config)
    await readOutOf(config, storage, logs)
    return await rowsOf(config, storage, logs.uplink)
  }
  const before = await read()
  assert.deepEqual(
    before.messages.map((ids) => ids.length),
    cars.map(() => messages),
  )
  assert.equal(before.trips.length, cars.length)

  zeroLeaves(join(folder.path, 'log', 'data.mdb'))
  const refused = await command(['start'], folder.path)
  assert.deepEqual(
    [refused.code, /is damaged: .*npm run roadstream -- salvage/.test(refused.said)],
    [1, true],
    refused.said,
  )

  const salvaged = await command(['salvage'], folder.path)
  assert.equal(salvaged.code, 0, salvaged.said)
  const missing = [...salvaged.said.matchAll(/missing +(\S+) +offsets (\d+) to (\d+)/g)].map(([, place, from, to]) => ({
    place,
    from: Number(from),
    to: Number(to) + 1,
  }))
  assert.ok(missing.length > 0, salvaged.said)
  assert.ok(readdirSync(folder.path).some((name) => name.startsWith('log.damaged-')))

  const after = await read()
  const isKept = (id: string): boolean => {
    const at = id.lastIndexOf('/')
    const [placed, offset] = [id.slice(0, at), Number(id.slice(at + 1))]
    return !missing.some(({ place, from, to }) => place === placed && offset >= from && offset < to)
  }
  assert.deepEqual(
    after.messages,
    before.messages.map((ids) => ids.filter(isKept)),
  )
  assert.equal(after.trips.length, before.trips.length)
  const lost = missing.reduce((sum, { from, to }) => sum + to - from, 0)
  assert.equal(
    after.ledger.reduce((sum, { missing: count }) => sum + count, 0),
    lost,
    'the ledger counts what is missing',
  )
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  assert.deepEqual(
    (await uplink.log.damage()).map(({ topic, partition, from, to }) => ({ place: `${topic}/${partition}`, from, to })),
    missing,
  )
  await uplink[Symbol.asyncDispose]()
  assert.match((await command(['salvage'], folder.path)).said, /log is whole/)

  zeroRoot(join(folder.path, 'derived', 'data.mdb'))
  assert.match((await command(['start'], folder.path)).said, /derived is damaged: .*npm run roadstream -- salvage/)
  const aside = await command(['salvage'], folder.path)
  assert.match(aside.said, /log is whole[^]*derived was damaged: it is kept as .*derived\.damaged-/)
  assert.deepEqual(await read(), after)
})
