// Commits of state through a link that is cut: a transaction of which it is not known whether it
// counts is decided, and stored once.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { checkCounts, count } from './counting.testing.ts'
import { memoryLocal, openTestState } from './kafka-state.testing.ts'
import { openLink } from './link.testing.ts'

if (noKafka !== false) test('state through a link that is cut', { skip: noKafka })
else {
  const link = await openLink()
  after(() => link[Symbol.asyncDispose]())
  const kafka = await startKafka({ nodes: 1, settings: [`advertised.listeners=PLAINTEXT://127.0.0.1:${link.port}`] })
  after(() => kafka[Symbol.asyncDispose]())
  link.to(kafka.nodes[0]!.plain.port)
  const servers = { brokers: [{ host: '127.0.0.1', port: link.port }], tls: undefined, sasl: undefined }

  for (const [what, kind] of [
    ['that announces its partitions', 24],
    ['with its records', 0],
    ['that commits it', 26],
  ] as const)
    test(`a commit of which the request ${what} has no answer is stored once`, { timeout: 60_000 }, async () => {
      await using local = memoryLocal()
      await using opened = await openTestState(kafka, local.state, { servers })
      await count(opened)
      for (let n = 0; n < 3; n += 1) {
        const lost = link.loseAnswer(kind)
        await count(opened)
        await lost
      }
      await checkCounts(opened.log, opened.state, 4)
    })

  test(
    'through a link that is cut at random moments every commit is stored once, and the local store is as Kafka is',
    { timeout: 120_000 },
    async (context) => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      let drawn = seed
      const draw = (below: number): number => {
        drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) & 0x7fffffff
        return drawn % below
      }
      let again = 0
      const logger = Object.assign(Object.create(silentLogger) as Logger, { warn: () => void (again += 1) })
      await using local = memoryLocal()
      await using opened = await openTestState(kafka, local.state, { servers, logger })
      const tasks = ['trips@1/0', 'trips@1/1', 'twin@1/1']
      let stored = 0
      const stopped = new AbortController()
      const runTask = async (of: string): Promise<number> => {
        let counted = 0
        for (; !stopped.signal.aborted;)
          try {
            await count(opened, of)
            counted += 1
            stored += 1
          } catch (error) {
            assert.ok(error instanceof Outage && error.retryable, String(error))
          }
        return counted
      }
      const running = tasks.map(runTask)
      for (let cuts = 0; cuts < 40; cuts += 1) {
        const wanted = stored + 1 + draw(4)
        const isDue = (): boolean => stored >= wanted
        while (!isDue()) await new Promise((resolve) => setTimeout(resolve, draw(5)))
        await new Promise((resolve) => setTimeout(resolve, draw(60)))
        link.cut()
      }
      stopped.abort()
      const counted = await Promise.all(running)
      context.diagnostic(`seed ${seed}: ${again} commits were tried again`)
      assert.ok(again > 0, 'no cut met a commit')
      for (const [index, of] of tasks.entries()) {
        await checkCounts(opened.log, opened.state, counted[index]!, of)
      }
    },
  )
}
