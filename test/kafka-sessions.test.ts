// Two gateways in processes and data folders of their own, with one Kafka between them: a car with
// a session that lasts goes from one to the other while they are killed and put to sleep.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/base/port.testing.ts'
import { silentLogger } from '../src/base/logger.ts'
import { openLogs } from '../src/compose/adapters.ts'
import { readConfig } from '../src/config/config.ts'
import { openSecrets } from '../src/config/secrets.ts'
import { readWhole } from '../src/eventlog/read-whole.testing.ts'
import { openConnected, publishPacket } from '../src/gateway/gateway.testing.ts'
import { parseMessage } from '../src/model/message-codec.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { noKafka, settingsOn, startKafka } from './engines/kafka.ts'
import { downlink, MovingCar } from './support/moving-car.ts'
import { startProcess, temporaryFolder, type RunningProcess } from './support/running-system.ts'

const program = fileURLToPath(new URL('support/kafka-gateway.main.ts', import.meta.url))

class Machine {
  readonly port: number
  readonly #begin: (port: number) => Promise<RunningProcess>
  #process: RunningProcess | undefined

  constructor(port: number, begin: (port: number) => Promise<RunningProcess>) {
    this.port = port
    this.#begin = begin
  }

  async start(): Promise<void> {
    this.#process = await this.#begin(this.port)
  }

  kill = (): Promise<void> => this.#process!.kill()
  stop = (): Promise<number | null> => this.#process!.stop()

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process!.process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGCONT')
    await this.#process?.[Symbol.asyncDispose]()
  }
}

/** A gateway that admits everyone, on a folder of its own. */
function openMachine(folder: string, brokerPort: number) {
  mkdirSync(folder)
  return (port: number) =>
    startProcess([folder, String(port), String(brokerPort)], 'open', { command: [process.execPath, program] })
}

const nothing = async (): Promise<void> => {}

/** A car between two gateways, and which of its messages one that was killed or slept may have
 *  stored a second time. */
class Walk {
  readonly disturbed = new Set<number>()
  readonly #car: MovingCar
  #here: Machine
  #there: Machine

  constructor(car: MovingCar, here: Machine, there: Machine) {
    this.#car = car
    this.#here = here
    this.#there = there
  }

  get here(): Machine {
    return this.#here
  }

  get there(): Machine {
    return this.#there
  }

  async move(): Promise<void> {
    ;[this.#here, this.#there] = [this.#there, this.#here]
    assert.equal(await this.#car.enter(this.#here.port), true)
  }

  /** A move of a car that is well, and `more` at the other gateway: the one it leaves says 0x8E. */
  async moveWell(qos: 1 | 2, more: () => Promise<void> = nothing): Promise<void> {
    const car = this.#car
    const ends = car.ends.length
    await car.publish(qos)
    await this.move()
    await more()
    await car.until(() => car.ends.length > ends)
    assert.equal(car.ends.at(-1), 0x8e)
  }

  /** Its gateway is killed with an exchange under way, and `more` beside it. */
  async killed(more: () => Promise<void> = nothing): Promise<void> {
    const publishing = this.#disturb()
    await more()
    await this.#here.kill()
    await this.move()
    await publishing
    await this.#there.start()
  }

  /** Its gateway sleeps with an exchange under way, and wakes when the car is elsewhere and `more`
   *  is done. */
  async slept(more: () => Promise<void> = nothing): Promise<void> {
    const slept = this.#here
    slept.signal('SIGSTOP')
    const publishing = this.#disturb()
    const ends = this.#car.ends.length
    await this.move()
    await publishing
    await more()
    slept.signal('SIGCONT')
    await this.#car.until(() => this.#car.ends.length > ends)
  }

  #disturb(): Promise<void> {
    const publishing = this.#car.publish(2)
    this.disturbed.add(this.#car.lastSeq)
    return publishing
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
    await using left = new Machine(await freePort(), openMachine(join(folder.path, 'left'), brokerPort))
    await using right = new Machine(await freePort(), openMachine(join(folder.path, 'right'), brokerPort))
    await left.start()
    await right.start()
    const car = new MovingCar()
    assert.equal(await car.enter(left.port), false)
    const walk = new Walk(car, left, right)
    const wanted: string[] = []
    const order = async (text: string, qos: 1 | 2): Promise<void> => {
      await command(walk.here.port, text, qos)
      wanted.push(text)
    }
    for (let round = 0; round < 4; round++) {
      await walk.moveWell(1, () => car.publish(2))

      // Commands while it is away are had at the other gateway.
      await car.leave()
      await order(`away ${round}`, 1)
      await order(`away exactly ${round}`, 2)
      await walk.move()
      await car.until(() => car.commands.length >= wanted.length)

      await walk.killed(() => order(`killed ${round}`, 1))
      await walk.slept(async () => {
        await order(`slept ${round}`, 2)
        await car.publish(2)
      })
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
    await checkStored(car, walk.disturbed, {
      ROADSTREAM_DATA: join(folder.path, 'left'),
      ROADSTREAM_LOG_PARTITIONS: '2',
      ...settingsOn(kafka.brokers),
    })
  },
)

test(
  'with Kafka a car goes with its session between two processes of `gateway`, stopped, killed and asleep',
  { skip: noKafka, timeout: 290_000 },
  async () => {
    using folder = temporaryFolder()
    await using kafka = await startKafka({ nodes: 1 })
    const id = 'demo/car'
    const settingsFor = (name: string) => ({
      ROADSTREAM_DATA: join(folder.path, name),
      ROADSTREAM_LOG_PARTITIONS: '2',
      ROADSTREAM_METRICS: '127.0.0.1:0',
      ...settingsOn(kafka.brokers),
    })
    const fleetKey = openSecrets(join(folder.path, 'left')).fleetKey('demo')
    cpSync(join(folder.path, 'left', 'secrets'), join(folder.path, 'right', 'secrets'), { recursive: true })
    const begin = (name: string) => (port: number) =>
      startProcess(['gateway'], 'running on', {
        settings: { ...settingsFor(name), ROADSTREAM_MQTT: `127.0.0.1:${port}` },
      })
    await using left = new Machine(await freePort(), begin('left'))
    await using right = new Machine(await freePort(), begin('right'))
    await left.start()
    await right.start()
    const car = new MovingCar({ id, password: vehiclePassword(fleetKey, { tenant: 'demo', vehicle: 'car' }) })
    assert.equal(await car.enter(left.port), false)
    const walk = new Walk(car, left, right)
    for (let round = 0; round < 3; round++) {
      await walk.moveWell(2)
      await car.publish(1)

      assert.equal(await walk.here.stop(), 0)
      await walk.move()
      await car.publish(2)
      await walk.there.start()

      await walk.killed()
      await walk.slept()
      await car.publish(2)
    }
    assert.equal(await left.stop(), 0)
    assert.equal(await right.stop(), 0)
    await checkStored(car, walk.disturbed, settingsFor('right'))
  },
)

/** All that the car was told is stored is in the log; what nothing disturbed is there once. */
async function checkStored(
  car: MovingCar,
  disturbed: ReadonlySet<number>,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const seqs = await storedSeqs(settings)
  assert.deepEqual(
    [...new Set(seqs)].sort((one, other) => one - other),
    car.stored,
  )
  const twice = seqs.filter((seq, index) => seqs.indexOf(seq) !== index)
  assert.deepEqual(
    twice.filter((seq) => !disturbed.has(seq)),
    [],
  )
}

async function storedSeqs(settings: Readonly<Record<string, string>>): Promise<number[]> {
  const config = readConfig(settings)
  assert.ok(config.ok)
  await using opened = await openLogs(config.value, 'uplink', silentLogger)
  const records = await readWhole(opened.log, 'telemetry')
  return records.map(({ value }) => {
    const message = parseMessage(Buffer.from(value))
    assert.ok(message.ok)
    return message.value.seq
  })
}
