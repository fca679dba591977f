// The promise of the Python client, tried: it and the whole system are killed with SIGKILL at
// random moments, alone or together. Afterwards all that it reported as committed to its buffer is
// in the log and counted once in the ledger, and each stream of a boot came in the order of seq.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../src/base/port.testing.ts'
import { silentLogger } from '../src/base/logger.ts'
import { openLogs, openStorage } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { parseMessage } from '../src/model/message-codec.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { recordsOf } from './support/log-records.ts'
import { pythonMissing, startPythonCar, type Taken } from './support/python-car.ts'
import { allRows, messagesOf, readOut } from './support/read-out.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'
import { wholeReach } from '../src/storage/reach.ts'

const rounds = process.env['CI'] === 'true' ? 9 : 6
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const streams = ['critical', 'event', 'telemetry'] as const
const ref = { tenant: 'demo', vehicle: 'car-1' }

test(
  `a car in Python and its server, killed ${rounds} times: all that was taken arrives, once and in order`,
  { skip: pythonMissing },
  async (context) => {
    context.diagnostic(`seed ${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    using buffer = temporaryFolder()
    const [mqttPort, httpPort] = [await freePort(), await freePort()]
    const settings = readConfig({ ROADSTREAM_DATA: folder.path, ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}` })
    assert.ok(settings.ok)
    const config = settings.value
    const taken: Taken[] = []
    let system = await startSystem({ dataDir: folder.path, mqttPort, httpPort })
    const password = vehiclePassword(openSecrets(folder.path).fleetKey(ref.tenant), ref)
    const openCar = (drives = true) => {
      const limits = { reconnect_min_s: 0.01, reconnect_max_s: 0.2 }
      const opened = startPythonCar({
        ...ref,
        url: `mqtt://127.0.0.1:${mqttPort}`,
        password,
        folder: buffer.path,
        limits,
      })
      if (drives) opened.say({ drive: 0.004 })
      return opened
    }
    let car = openCar()
    try {
      for (let round = 0; round < rounds; round++) {
        await car.next('taken')
        // The load itself is the point: it runs for a random while before the kill.
        await wait(random() * 1500)
        const victims = (['car', 'server', 'both'] as const)[round % 3]
        if (victims !== 'server') {
          await car.kill()
          taken.push(...car.taken)
        }
        if (victims !== 'car') {
          await system.kill()
          system = await startSystem({ dataDir: folder.path, mqttPort, httpPort })
        }
        if (victims !== 'server') car = openCar()
      }
      await car.kill()
      taken.push(...car.taken)
      car = openCar(false)
      car.say({ flush: 60 })
      const { flushed, stats, trouble } = await car.next('flushed')
      assert.equal(flushed, true, `messages are left: ${JSON.stringify(stats)}, ${trouble}`)
      await car[Symbol.asyncDispose]()
      assert.equal(await system.stop(), 0)
    } finally {
      await car[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    }

    await using storage = await openStorage(config, silentLogger)
    await readOut(config, storage)
    await using uplink = await openLogs(config, 'uplink', silentLogger)
    const messages = messagesOf(config, uplink.log, storage)
    assert.deepEqual(await recordsOf(uplink.log, ['dead-letter']), [])
    for (const stream of streams) {
      const records = await recordsOf(uplink.log, [stream])
      /** By boot, in the order in which each came first. */
      const seqs = new Map<string, Set<number>>()
      for (const { value } of records) {
        const parsed = parseMessage(value)
        assert.ok(parsed.ok)
        const { boot, seq } = parsed.value
        seqs.set(boot, (seqs.get(boot) ?? new Set()).add(seq))
      }
      for (const [boot, of, seq, displaced] of taken)
        assert.ok(
          of !== stream || (!displaced && seqs.get(boot)?.has(seq)),
          `${stream} ${boot} ${seq} was taken and did not arrive`,
        )
      // From 0 without a hole: so each came for the first time behind all before it.
      for (const [boot, found] of seqs)
        assert.deepEqual(
          [...found],
          Array.from({ length: found.size }, (_, index) => index),
          `${stream} ${boot}`,
        )
      const distinct = [...seqs.values()].reduce((sum, { size }) => sum + size, 0)
      const { rows } = await storage.ledger.list(wholeReach(ref.tenant), { vehicle: ref.vehicle }, { limit: 10 })
      const ledger = rows.find((row) => row.stream === stream)
      assert.deepEqual(
        [ledger?.sent, ledger?.stored, ledger?.missing, ledger?.received, ledger?.duplicate],
        [distinct, distinct, 0, records.length, records.length - distinct],
      )
      const documents = await allRows((page) => messages.list(ref, { stream }, page))
      assert.equal(documents.length, distinct, 'each message is one document')
      context.diagnostic(
        `${stream}: ${distinct} messages of ${seqs.size} boots, ${records.length - distinct} of them twice`,
      )
    }
  },
)
