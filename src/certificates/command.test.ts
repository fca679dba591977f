import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { certificatesCommand } from './command.ts'

function open() {
  const folder = join(mkdtempSync(join(tmpdir(), 'roadstream-')), 'certificates')
  let said = ''
  const say = (text: string): void => void (said += text)
  return {
    folder,
    run(...args: readonly string[]): { readonly code: number; readonly said: string } {
      said = ''
      const code = certificatesCommand(args, { folder, now: () => Date.now(), print: say, complain: say })
      return { code, said }
    },
    read: (name: string): X509Certificate => new X509Certificate(readFileSync(join(folder, name))),
    [Symbol.dispose]: () => rmSync(join(folder, '..'), { recursive: true }),
  }
}

test('an authority is made once, and signs the gateway and the cars that are named; keys are for their owner only', () => {
  using it = open()
  const server = it.run('server', 'fleet.example', '127.0.0.1', '--days', '30')
  assert.equal(server.code, 0)
  assert.match(server.said, /ROADSTREAM_TLS_CERT=.*server\.pem/)
  const ca = it.read('ca.pem')
  assert.ok(
    it.read('server.pem').verify(ca.publicKey) && it.read('server.pem').checkHost('fleet.example') !== undefined,
  )
  assert.equal(Math.round((it.read('server.pem').validToDate.getTime() - Date.now()) / 86_400_000), 30)
  assert.equal(it.run('vehicle', 'demo/car-1', 'demo/car-2').code, 0)
  assert.equal(it.read('vehicles/demo,car-1.pem').subject, 'CN=demo/car-1')
  assert.ok(it.read('vehicles/demo,car-2.pem').verify(it.read('ca.pem').publicKey))
  assert.equal(it.read('ca.pem').serialNumber, ca.serialNumber)
  if (process.platform !== 'win32')
    for (const name of ['ca.key', 'server.key', 'vehicles/demo,car-1.key'])
      assert.equal(statSync(join(it.folder, name)).mode & 0o077, 0)
  assert.ok(!readdirSync(it.folder).some((name) => name.endsWith('.new')))
})

test('an authority whose certificate is missing is not made anew over its key', () => {
  using it = open()
  it.run('vehicle', 'demo/car-1')
  const key = readFileSync(join(it.folder, 'ca.key'), 'utf8')
  rmSync(join(it.folder, 'ca.pem'))
  assert.throws(() => it.run('vehicle', 'demo/car-2'), {
    code: 'CERTIFICATES',
    message: /ca\.key is there and ca\.pem is not/,
  })
  assert.equal(readFileSync(join(it.folder, 'ca.key'), 'utf8'), key)
})

test('all certificates a car ever got are taken back, and once', () => {
  using it = open()
  for (let times = 0; times < 2; times++) it.run('vehicle', 'demo/car-1', 'demo/car-2')
  assert.match(it.run('revoke', 'demo/car-1').said, /2 taken back/)
  assert.match(it.run('revoke', 'demo/car-1').said, /no certificate of it was left/)
  it.run('vehicle', 'demo/car-1')
  assert.match(it.run('revoke', 'demo/car-1', 'demo/car-2').said, /car-1: 1 taken back.*car-2: 2 taken back/s)
  assert.equal(readFileSync(join(it.folder, 'revoked'), 'utf8').trim().split('\n').length, 5)
})

test('a wrong call says what is wrong, and makes nothing', () => {
  using it = open()
  for (const [args, said] of [
    [[], /say server, vehicle or revoke/],
    [['server'], /server needs the host names/],
    [['server', 'https://fleet.example'], /"https:\/\/fleet.example" is no host name/],
    [['vehicle', 'demo'], /"demo" is no TENANT\/VEHICLE/],
    [['vehicle', 'demo/car-1', '--days', '0'], /--days is a whole number/],
    [['vehicle', 'demo/car-1', '--colour', 'red'], /--colour/],
  ] as const) {
    const { code, said: text } = it.run(...args)
    assert.equal(code, 2)
    assert.match(text, said)
  }
  assert.equal(existsSync(it.folder), false)
  assert.equal(it.run('--help').code, 0)
})
