// `npm run engines -- --install` on a machine that lacks a program, with stand-ins for apt, pip and
// the services: nothing of the machine's own is touched.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hivemqVersion } from './engines/hivemq.ts'
import { kafkaVersion } from './engines/kafka.ts'
import { noPostgis } from './engines/postgres.ts'
import { temporaryFolder } from './support/running-system.ts'

const script = fileURLToPath(new URL('engines/install.sh', import.meta.url))
const noBash = spawnSync('bash', ['--version']).error !== undefined && 'bash is not installed'

/** A machine with everything but a browser. */
function openMachine() {
  const folder = temporaryFolder()
  const [programs, cache, log] = ['programs', 'cache', 'calls'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(programs)
  for (const name of ['bash', 'cat', 'dirname', 'mkdir', 'mktemp', 'mv', 'rm', 'sleep']) {
    const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(path, join(programs, name))
  }
  const python = 'case "$*" in *" --target "*) : >"$6/paho" ;; --version) echo "Python $PYTHON_VERSION" ;; esac'
  const standIns = {
    'apt-get': '',
    cc: '',
    service: '',
    mosquitto: '',
    mosquitto_pub: '',
    javac: '',
    mvn: '',
    python3: python,
  }
  for (const [name, does] of Object.entries(standIns))
    writeFileSync(join(programs, name), `#!${join(programs, 'bash')}\necho "${name} $*" >>"${log}"\n${does}\n`, {
      mode: 0o755,
    })
  for (const [name, jar] of [
    [`kafka-${kafkaVersion}`, `kafka_2.13-${kafkaVersion}.jar`],
    [`hivemq-${hivemqVersion}`, `hivemq-community-edition-embedded-${hivemqVersion}.jar`],
  ] as const) {
    mkdirSync(join(cache, 'roadstream', name), { recursive: true })
    writeFileSync(join(cache, 'roadstream', name, jar), '')
  }
  return {
    packages: join(cache, 'roadstream/python-packages'),
    /** The calls of the stand-ins. */
    install(pythonVersion: string): readonly string[] {
      writeFileSync(log, '')
      const env = { PATH: programs, HOME: folder.path, XDG_CACHE_HOME: cache, PYTHON_VERSION: pythonVersion }
      const { status, stdout, stderr } = spawnSync('bash', [script], { env, encoding: 'utf8' })
      assert.equal(status, 0, `${stdout}${stderr}`)
      return readFileSync(log, 'utf8').trim().split('\n')
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

const skip = noBash || noPostgis

test('a broker that was there before is left alone, whatever else is installed', { skip }, () => {
  using machine = openMachine()
  const calls = machine.install('3.11.7')
  assert.ok(
    calls.some((call) => /^apt-get install .*chromium/.test(call) && !call.includes('mosquitto')),
    calls.join('\n'),
  )
  assert.deepEqual(
    calls.filter((call) => call.startsWith('service')),
    [],
  )
})

test('packages of Python are brought once to a folder of their own, and anew for another Python', { skip }, () => {
  using machine = openMachine()
  const brings = (version: string) => machine.install(version).filter((call) => call.includes('pip install')).length
  assert.equal(brings('3.11.7'), 1)
  assert.ok(existsSync(join(machine.packages, 'paho')))
  assert.equal(brings('3.11.7'), 0)
  assert.equal(brings('3.12.1'), 1)
  assert.ok(existsSync(join(machine.packages, 'paho')))
})
