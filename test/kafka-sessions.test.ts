// Two gateways in processes and data folders of their own, with one Kafka between them: a car with
// a session that lasts goes from one to the other while they are killed and put to sleep.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/base/port.testing.ts'
import { silentLogger } from '../src/base/logger.ts'
import { openLogs } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { readWhole } from '../src/eventlog/read-whole.testing.ts'
import { openConnected, publishPacket } from '../src/gateway/gateway.testing.ts'
import { parseMessage } from '../src/model/message-codec.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { downlink, MovingCar } from './support/moving-car.ts'
import { startProcess, temporaryFolder, type RunningProcess } from './support/running-system.ts'

const program = fileURLToPath(new URL('support/kafka-gateway.main.ts', import.meta.url))

class Machine {
  readonly #folder: string
  readonly #brokerPort: number
  readonly port: number
  #process: RunningProcess | undefined

  constructor(folder: string, port: number, brokerPort: number) {
    mkdirSync(folder)
    this.#folder = folder
    this.port = port
    this.#brokerPort = brokerPort
  }

  async start(): Promise<void> {
    const args = [this.#folder, String(this.port), String(this.#brokerPort)]
    this.#process = await startProcess(args, 'open', { command: [process.execPath, program] })
  }

  kill = (): Promise<void> => this.#process!.kill()

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process!.process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGCONT')
    await this.#process?.[Symbol.asyncDispose]()
  }
}

/** A command is sent to the gateway that has the car; resolves when it is stored for it. */
async function command(port: number, text: string, qos: 1 | 2): Promise<void> {
  await using office = await openConnected(port, 5, 'office')
  office.send(publishPacket(5, downlink, Buffer.from(text), { qos, packetId: 3 }))
  await office.expect(qos === 2 ? 'pubrec' : 'puback')
}

test(
  'with sessions in Kafka a car goes from gateway to gateway through kills and pauses: nothing acknowledged is lost',
  { skip: noKafka, timeout: 290_000 },
  async () => {
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    const brokerPort = kafka.nodes[0]!.plain.port
    await using left = new Machine(join(folder.path, 'left'), await freePort(), brokerPort)
    await using right = new Machine(join(folder.path, 'right'), await freePort(), brokerPort)
    await left.start()
    await right.start()
    const car = new MovingCar()
    assert.equal(await car.enter(left.port), false)
    let [here, there] = [left, right]
    const move = async (): Promise<void> => {
      ;[here, there] = [there, here]
      assert.equal(await car.enter(here.port), true)
    }
    /** Messages of which a gateway that was killed or slept may have stored a second one. */
    const disturbed = new Set<number>()
    const wanted: string[] = []
    const order = async (text: string, qos: 1 | 2): Promise<void> => {
      await command(here.port, text, qos)
      wanted.push(text)
    }
    for (let round = 0; round < 4; round++) {
      // A move of a car that is well: the gateway it leaves says 0x8E.
      const ends = car.ends.length
      await car.publish(1)
      await move()
      await car.publish(2)
      await car.until(() => car.ends.length > ends)
      assert.equal(car.ends.at(-1), 0x8e)

      // Commands while it is away are had at the other gateway.
      await car.leave()
      await order(`away ${round}`, 1)
      await order(`away exactly ${round}`, 2)
      await move()
      await car.until(() => car.commands.length >= wanted.length)

      // Its gateway is killed with an exchange under way.
      const killed = car.publish(2)
      disturbed.add(car.lastSeq)
      await order(`killed ${round}`, 1)
      await here.kill()
      await move()
      await killed
      await there.start()

      // Its gateway sleeps with an exchange under way, and wakes when the car is elsewhere.
      const slept = here
      slept.signal('SIGSTOP')
      const paused = car.publish(2)
      disturbed.add(car.lastSeq)
      const before = car.ends.length
      await move()
      await paused
      await order(`slept ${round}`, 2)
      await car.publish(2)
      slept.signal('SIGCONT')
      await car.until(() => car.ends.length > before)
      await car.publish(1)
    }
    await car.until(() => wanted.every((text) => car.commands.includes(text)))
    const exactly = wanted.filter((text) => /exactly|slept/.test(text))
    assert.deepEqual(
      exactly.map((text) => car.commands.filter((each) => each === text).length),
      exactly.map(() => 1),
    )
    assert.deepEqual(
      car.stored,
      Array.from({ length: car.lastSeq }, (_, index) => index + 1),
    )
    await left.kill()
    await right.kill()
    const seqs = await storedSeqs(join(folder.path, 'left'), brokerPort)
    assert.deepEqual(
      [...new Set(seqs)].sort((one, other) => one - other),
      car.stored,
    )
    const twice = seqs.filter((seq, index) => seqs.indexOf(seq) !== index)
    assert.deepEqual(
      twice.filter((seq) => !disturbed.has(seq)),
      [],
    )
  },
)

async function storedSeqs(dataDir: string, brokerPort: number): Promise<number[]> {
  const config = readConfig({
    ROADSTREAM_DATA: dataDir,
    ROADSTREAM_LOG_PARTITIONS: '2',
    ...settingsOn([{ host: '127.0.0.1', port: brokerPort }]),
  })
  assert.ok(config.ok)
  await using opened = await openLogs(config.value, 'uplink', silentLogger)
  const records = await readWhole(opened.log, 'telemetry')
  return records.map(({ value }) => {
    const message = parseMessage(Buffer.from(value))
    assert.ok(message.ok)
    return message.value.seq
  })
}
