// The same random but valid script against our gateway and against Mosquitto: what each client sees
// is the same, but for what the specification leaves to a server (test/differential/compare.ts) and
// what Mosquitto 2.0 is known to do wrong (actions.ts, run-script.ts). `SEED=… node --test` repeats
// a script.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openTestGateway } from '../src/gateway/gateway.testing.ts'
import { openAdmission } from '../src/gateway/admission/open-admission.ts'
import { generateScript, type Action } from './differential/actions.ts'
import { firstDifference, type Difference } from './differential/compare.ts'
import { runScript } from './differential/run-script.ts'
import { shrinkScript } from './differential/shrink-script.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { mosquittoVersion, noMosquitto, openMosquitto } from './engines/mosquitto.ts'

const isCi = process.env['CI'] === 'true'
const scripts = isCi ? 16 : 5
const actionsEach = isCi ? 500 : 300
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

/** Neither server holds back: how many deliveries a window takes depends on how many copies a
 *  server sends. */
const limits = { deliveryWindow: 60_000, queueMessages: 100_000, queueBytes: 1e9 }
/** One copy for each subscription, by 3.1.1 as by 5: otherwise it sends one copy at the QoS of the
 *  first, against [MQTT-3.3.5-1]. */
const mosquittoSettings = [
  'allow_anonymous true',
  'set_tcp_nodelay true',
  'allow_duplicate_messages true',
  'max_inflight_messages 0',
  'max_queued_messages 0',
]

test(
  `${scripts} scripts of ${actionsEach} actions show the clients the same as Mosquitto does`,
  { skip: noMosquitto },
  async (context) => {
    context.diagnostic(`seed ${seed}, Mosquitto ${mosquittoVersion()}`)
    await using ours = await openTestGateway({ limits })
    await using theirs = await openMosquitto(() => mosquittoSettings)
    for (let index = 0; index < scripts; index++) await compareOn(context, ours.port, theirs.port, seed + index)
  },
)

async function compareOn(context: TestContext, ours: number, theirs: number, scriptSeed: number): Promise<void> {
  const differ = differenceBetween(ours, theirs)
  const script = generateScript(seeded(scriptSeed), actionsEach)
  const difference = await differ(script)
  if (difference === undefined) return
  context.diagnostic(`seed ${scriptSeed} differs in step ${difference.step}; making the script shorter`)
  const shortest = await shrinkScript(
    script.slice(0, difference.step + 1),
    async (shorter) => (await differ(shorter)) !== undefined,
  )
  const last = (await differ(shortest)) ?? difference
  const told = shortest.map((action, step) => `${step} ${JSON.stringify(action)}`).join('\n')
  assert.deepEqual(
    last.ours,
    last.theirs,
    `SEED=${scriptSeed}: client ${last.client} differs in step ${last.step} of\n${told}\n`,
  )
}

const differenceBetween =
  (ours: number, theirs: number) =>
  async (script: readonly Action[]): Promise<Difference | undefined> => {
    const [one, other] = await Promise.all([runScript(ours, script), runScript(theirs, script)])
    return firstDifference(one, other)
  }

test('the comparison sees a server that retains nothing, and names it in four actions at most', async () => {
  await using one = await openTestGateway({ limits })
  await using other = await openTestGateway({ limits, admission: { ...openAdmission, mayRetain: () => false } })
  const differ = differenceBetween(one.port, other.port)
  const script = generateScript(seeded(7), 300)
  const difference = await differ(script)
  assert.ok(difference !== undefined)
  const shortest = await shrinkScript(
    script.slice(0, difference.step + 1),
    async (shorter) => (await differ(shorter)) !== undefined,
  )
  // Someone connects and retains, someone connects and subscribes.
  assert.ok(shortest.length <= 4, JSON.stringify(shortest))
})

test('the comparison sees no difference between a gateway and itself', async () => {
  await using it = await openTestGateway({ limits })
  assert.equal(await differenceBetween(it.port, it.port)(generateScript(seeded(seed), actionsEach)), undefined)
})
