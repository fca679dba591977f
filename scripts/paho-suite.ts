// Runs the interoperability suite of the Eclipse Paho project against the gateway, or against
// Mosquitto to compare:
//   node scripts/paho-suite.ts CHECKOUT [--log memory|lmdb] [--threads N] [--mosquitto] [TEST …]
// CHECKOUT is a clone of https://github.com/eclipse/paho.mqtt.testing; docs/interop.md says how,
// and what the figures are.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mosquittoVersion } from '../test/engines/mosquitto.ts'
import { openSuiteServer, type SuiteServer } from '../test/interop/suite-server.ts'

const scripts = [
  { script: 'client_test.py', version: 'MQTT 3.1.1' },
  { script: 'client_test5.py', version: 'MQTT 5' },
] as const
const driver = fileURLToPath(new URL('../test/interop/run-suite.py', import.meta.url))

/** What the suite asks for and the specification does not. Such a test is run and counted apart. */
const notApplicable: Readonly<Record<string, string>> = {
  'MQTT 5 test_subscribe_failure':
    'takes 0x80 only for a filter that is refused; 0x87 (not authorised) is the code MQTT 5 has for it in table 3-8, and the suite cannot read it',
}

type Outcome = {
  readonly test: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly reason: string
  readonly seconds: number
}

/** The same where clients are on several threads. */
const notAcrossThreads: Readonly<Record<string, string>> = {
  'MQTT 5 test_request_response':
    'publishes without waiting for the SUBACK of the other client: it counts on one server reading one connection before the other',
}

const whyNot = (version: string, { test, outcome }: Outcome): string | undefined =>
  outcome === 'passed'
    ? undefined
    : (notApplicable[`${version} ${test}`] ?? (threads > 1 ? notAcrossThreads[`${version} ${test}`] : undefined))

function tell(version: string, outcome: Outcome): void {
  const reason = whyNot(version, outcome)
  console.log(
    `${(reason === undefined ? outcome.outcome : 'n/a').padEnd(7)} ${version.padEnd(10)} ${outcome.test} (${outcome.seconds} s)`,
  )
  const said = reason ?? outcome.reason
  if (said !== '') console.log(`        ${said.replaceAll('\n', ' ')}`)
}

/** Each script has a server of its own, so that both run at the same time. */
async function runScript(
  checkout: string,
  script: string,
  version: string,
  names: readonly string[],
  open: () => Promise<SuiteServer>,
) {
  await using server = await open()
  const folder = join(checkout, 'interoperability')
  const child = spawn('python3', [driver, join(folder, script), String(server.port), ...names], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => void said.push(line))
  const outcomes: Outcome[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const outcome = JSON.parse(line) as Outcome
    outcomes.push(outcome)
    tell(version, outcome)
  }
  if (child.exitCode === null) await once(child, 'exit')
  // The tests print a lot; it matters when none could begin.
  if (outcomes.length === 0) console.log(said.join('\n'))
  return { version, outcomes }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    log: { type: 'string', default: 'memory' },
    threads: { type: 'string', default: '1' },
    mosquitto: { type: 'boolean', default: false },
  },
})
const [checkout, ...names] = positionals
const { log, mosquitto } = values
const threads = Number(values.threads)
if (
  checkout === undefined ||
  !existsSync(join(checkout, 'interoperability', 'client_test5.py')) ||
  (log !== 'memory' && log !== 'lmdb') ||
  !Number.isInteger(threads) ||
  threads < 1 ||
  threads > 16
) {
  console.error('Usage: node scripts/paho-suite.ts CHECKOUT [--log memory|lmdb] [--threads N] [--mosquitto] [TEST …]')
  console.error('CHECKOUT is a clone of https://github.com/eclipse/paho.mqtt.testing; there is none at the path given.')
  process.exit(2)
}
const server = mosquitto
  ? `Mosquitto ${mosquittoVersion() ?? '(which is not installed)'}`
  : threads > 1
    ? `the gateway in ${threads} threads`
    : `the gateway, ${log} log`
console.log(`Eclipse Paho interoperability suite against ${server}; it takes three minutes`)
const tests = names.map((name) => `Test.${name}`)
const totals = await Promise.all(
  scripts.map(({ script, version }) =>
    runScript(checkout, script, version, tests, () => openSuiteServer({ log, threads, mosquitto })),
  ),
)
for (const { version, outcomes } of totals) {
  const passed = outcomes.filter(({ outcome }) => outcome === 'passed').length
  const applicable = outcomes.filter((outcome) => whyNot(version, outcome) === undefined).length
  const apart = outcomes.length - applicable
  console.log(`${version}: ${passed} of ${applicable} passed${apart === 0 ? '' : `, ${apart} does not apply`}`)
  if (passed < applicable || applicable === 0) process.exitCode = 1
}
