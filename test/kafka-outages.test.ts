// The whole system on a Kafka whose disk fills up: nothing is acknowledged meanwhile, cars stay
// connected, /readyz and the log say what is wrong and which setting to look at, and all of it ends
// by itself once the broker has room and runs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { silentLogger } from '../src/base/logger.ts'
import { freePort } from '../src/base/port.testing.ts'
import { openLogs } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { openDrivingFleet } from './support/driving-fleet.ts'
import { recordsOf } from './support/log-records.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'
import { noSmallDisk, openSmallDisk } from './support/small-disk.ts'

const cars = 4
const megabytes = 96

test(
  'a broker whose disk is full: nothing is acknowledged, it is told once, and all is stored once when there is room',
  { skip: noKafka || noSmallDisk, timeout: 280_000 },
  async () => {
    using folder = temporaryFolder()
    using disk = openSmallDisk(megabytes)
    await using kafka = await startKafka({
      nodes: 1,
      disks: [disk.path],
      // Or the copy of its memory that it writes would be larger than the disk.
      settings: ['log.segment.bytes=4194304', 'offsets.topic.segment.bytes=4194304'],
    })
    const node = kafka.nodes[0]!
    const [mqttPort, httpPort] = [await freePort(), await freePort()]
    const settings = {
      ROADSTREAM_DATA: folder.path,
      ROADSTREAM_LOG_PARTITIONS: '2',
      ROADSTREAM_LOG_LEVEL: 'info',
      ...settingsOn(kafka.brokers),
    }
    await using system = await startSystem({ dataDir: folder.path, mqttPort, httpPort, settings })
    const ready = async () => {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`)
      return { status: answer.status, body: await answer.text() }
    }
    await using fleet = openDrivingFleet(folder.path, mqttPort, cars)
    const acknowledged = (): number => fleet.cars.reduce((sum, { stats }) => sum + stats.acknowledged, 0)
    fleet.drive()
    while (acknowledged() < 200) await wait(10)
    assert.equal((await ready()).status, 200)

    const ref = { tenant: 'demo', vehicle: 'silent' }
    const silent = await connectAsync(system.mqttUrl, {
      clientId: 'demo/silent',
      username: 'demo/silent',
      password: vehiclePassword(openSecrets(folder.path).fleetKey('demo'), ref),
      keepalive: 1,
      clean: true,
      reconnectPeriod: 0,
    })

    disk.fill()
    for (let answer = await ready(); ; answer = await ready()) {
      if (/the event log takes nothing \(LOG_\w+: ROADSTREAM_KAFKA/.test(answer.body)) break
      await wait(50)
    }
    const before = acknowledged()
    const answered = Promise.withResolvers<void>()
    let pings = 0
    silent.on('packetreceive', ({ cmd }) => {
      if (cmd === 'pingresp' && (pings += 1) === 3) answered.resolve()
    })
    await answered.promise
    await silent.endAsync()
    assert.equal(acknowledged(), before, 'nothing is acknowledged while nothing is stored')
    assert.equal((await ready()).status, 503)

    disk.empty()
    await node.stop('SIGKILL')
    await node.start()
    while (acknowledged() <= before) await wait(20)
    fleet.park()
    await fleet.flush()
    while ((await ready()).status !== 200) await wait(100)
    assert.equal(await system.stop(), 0)

    const told = system
      .said()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { readonly msg?: string; readonly level: number; readonly role?: string })
      .filter(({ level, role, msg }) => level >= 40 && role === 'gateway' && /ROADSTREAM_KAFKA/.test(msg ?? ''))
    assert.equal(told.length, 1, JSON.stringify(told))
    const config = readConfig(settings)
    assert.ok(config.ok)
    await using uplink = await openLogs(config.value, 'uplink', silentLogger)
    const records = await recordsOf(uplink.log, ['telemetry'])
    for (const [car, { stats }] of fleet.cars.entries()) {
      const seqs = records
        .filter(({ key }) => key === `demo/car-${car}`)
        .map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { readonly seq: number }).seq)
      assert.deepEqual([...new Set(seqs)], [...Array(stats.sent).keys()])
    }
  },
)
