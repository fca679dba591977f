// Python's paho-mqtt against the gateway, in both versions: python_paho.py holds the scenarios.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTestGateway, type TestGateway } from '../../src/gateway/gateway.testing.ts'
import { vehicleAdmission } from '../../src/gateway/admission/vehicle-admission.ts'
import { vehiclePassword } from '../../src/model/vehicle-credential.ts'
import { noPython, pythonSettings } from '../engines/python.ts'

const program = fileURLToPath(new URL('python_paho.py', import.meta.url))
const missing = noPython('paho-mqtt 2', 'import paho.mqtt.client as c; c.CallbackAPIVersion')

type Line =
  | { readonly scenario: string; readonly outcome: string; readonly reason?: string }
  | { readonly passes: number }

/** Runs the scenarios and gives their names, with the reason where one failed; time passes on the
 *  gateway's clock when a scenario asks for it. */
async function scenariosOf(
  it: TestGateway,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const child = spawn('python3', [program, String(it.port), ...args], {
    env: { ...pythonSettings(), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const outcomes: string[] = []
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line
    if ('passes' in line) {
      it.clock.advance(line.passes * 1000)
      child.stdin.write('\n')
    } else outcomes.push(line.outcome === 'passed' ? line.scenario : `${line.scenario}: ${line.reason}`)
  }
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 0)
  return outcomes
}

const ofBoth = [
  'every qos both ways',
  'retained',
  'will',
  'session that lasts',
  'shared subscription',
  'large payloads',
]
const ofFive = ['request and response', 'message expiry', 'topic aliases', 'assigned client id']

for (const [version, scenarios] of [
  ['311', ofBoth],
  ['5', [...ofBoth, ...ofFive]],
] as const) {
  test(`paho-mqtt of Python, version ${version}: ${scenarios.join(', ')}`, { skip: missing }, async () => {
    await using it = await openTestGateway()
    assert.deepEqual(await scenariosOf(it, [version]), scenarios)
  })

  test(`paho-mqtt of Python, version ${version}, is told what it may not do`, { skip: missing }, async () => {
    const fleetKey = Buffer.alloc(32, 5)
    await using it = await openTestGateway({
      admission: vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) }),
    })
    const password = vehiclePassword(fleetKey, { tenant: 'acme', vehicle: 'car-1' })
    assert.deepEqual(await scenariosOf(it, [version, '--refused'], { PASSWORD: password }), ['refused'])
  })
}
