import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import { askSocket, controlLimits, controlSockets, openControlSocket, socketCarrier } from './control-socket.ts'
import { callerOf } from './questions.ts'
import { createRolePeers } from './role-peers.ts'

const skip = process.platform === 'win32' ? 'there are no Unix sockets on this system' : false
const place = (): Disposable & { readonly dataDir: string; readonly role: string } => {
  const dataDir = mkdtempSync(join(tmpdir(), 'roadstream-'))
  return { dataDir, role: 'gateway', [Symbol.dispose]: () => rmSync(dataDir, { recursive: true }) }
}
const answers = {
  double: ({ number }: { readonly number: number }) => ({ doubled: 2 * number }),
  nothing: () => null,
  outage: () => Promise.reject(new Outage('LOG_FULL', 'full', { retryable: true })),
  bug: () => {
    throw new TypeError('secret')
  },
}
const only = (sockets: readonly string[]): string => {
  assert.equal(sockets.length, 1)
  return sockets[0] ?? ''
}

test('a question gets its answer, whoever else asks at the time', { skip }, async () => {
  using folder = place()
  await using _socket = await openControlSocket(folder, answers, silentLogger)
  const path = only(controlSockets(folder))
  const asked = Array.from({ length: 30 }, (_, number) => askSocket(path, { ask: 'double', given: { number } }))
  assert.deepEqual(
    await Promise.all(asked),
    asked.map((_, number) => ({ value: { doubled: 2 * number } })),
  )
  assert.deepEqual(await askSocket(path, { ask: 'nothing' }), { value: null })
})

test(
  'outages keep their code; a fault and a question nobody knows are answered too, and nothing of the inside gets out',
  { skip },
  async () => {
    using folder = place()
    await using _socket = await openControlSocket(folder, answers, silentLogger)
    const path = only(controlSockets(folder))
    assert.deepEqual(await askSocket(path, { ask: 'outage' }), {
      failed: { code: 'LOG_FULL', message: 'full', retryable: true },
    })
    for (const [ask, code] of [
      ['bug', 'BUG'],
      ['toString', 'QUESTION_UNKNOWN'],
      ['__proto__', 'QUESTION_UNKNOWN'],
      ['', 'QUESTION_UNKNOWN'],
    ] as const) {
      const answer = (await askSocket(path, { ask })) ?? assert.fail()
      assert.equal('failed' in answer && answer.failed.code, code)
      assert.doesNotMatch(JSON.stringify(answer), /secret/)
    }
  },
)

test('a question that a role of another version does not know is an outage that says so', { skip }, async () => {
  using folder = place()
  await using _socket = await openControlSocket(folder, answers, silentLogger)
  const gateway = callerOf.gateway(socketCarrier(only(controlSockets(folder))))
  await assert.rejects(gateway.report(), {
    code: 'QUESTION_UNKNOWN',
    message: /has no answer to "report": it is of another version/,
  })
})

test('the socket is its owner’s alone', { skip }, async () => {
  using folder = place()
  mkdirSync(join(folder.dataDir, 'control'), { mode: 0o777 })
  await using _socket = await openControlSocket(folder, answers, silentLogger)
  const path = only(controlSockets(folder))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder.dataDir, 'control')).mode & 0o777, 0o700)
})

test('what is no question is refused or cut off, and the next is answered', { skip }, async () => {
  using folder = place()
  await using _socket = await openControlSocket(folder, answers, silentLogger)
  const path = only(controlSockets(folder))
  const said = async (bytes: string): Promise<string> => {
    const socket = connect(path)
    socket.on('error', () => undefined)
    socket.end(bytes)
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    await once(socket, 'close')
    return text
  }
  for (const bytes of ['\n', 'null\n', '[]\n', '{"ask":1}\n', '{"ask"\n'])
    assert.match(await said(bytes), /QUESTION_MALFORMED/)
  assert.equal(await said('{"ask":"nothing"}'), '', 'a line without an end')
  assert.equal(await said('x'.repeat(controlLimits.questionBytes + 1)), '', 'a line that is too long')
  assert.deepEqual(await askSocket(path, { ask: 'nothing' }), { value: null })
})

test(
  'a socket that a killed process left over answers nobody, and the next that starts removes it',
  { skip },
  async () => {
    using folder = place()
    const leaveOver = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
    mkdirSync(join(folder.dataDir, 'control'))
    const left = join(folder.dataDir, 'control', 'gateway-00000000.sock')
    spawnSync(process.execPath, ['-e', leaveOver, left])
    assert.deepEqual(controlSockets(folder), [left])
    assert.equal(await askSocket(left, { ask: 'nothing' }), undefined)
    await assert.rejects(
      createRolePeers('gateway', folder.dataDir, () => []).all((peer) => peer.report()),
      { code: 'ROLE_UNREACHABLE' },
    )
    await using one = await openControlSocket(folder, answers, silentLogger)
    const path = only(controlSockets(folder))
    assert.notEqual(path, left)
    await using _other = await openControlSocket(folder, answers, silentLogger)
    assert.equal(controlSockets(folder).length, 2, 'another process has one of its own')
    await one[Symbol.asyncDispose]()
    assert.notEqual(only(controlSockets(folder)), path)
  },
)

test('a data folder that cannot hold a socket keeps no role from starting', { skip }, async () => {
  using folder = place()
  const long = { ...folder, dataDir: join(folder.dataDir, 'long'.repeat(40)) }
  await using _none = await openControlSocket(long, answers, silentLogger)
  assert.deepEqual(controlSockets(long), [])
  writeFileSync(join(folder.dataDir, 'control'), 'a file in its place')
  await using _neither = await openControlSocket(folder, answers, silentLogger)
  assert.ok(readdirSync(folder.dataDir).includes('control'))
})

test(
  'all answer, those in threads and those behind sockets; one that does not, fails the whole',
  { skip },
  async () => {
    using folder = place()
    const report = (connections: number) => ({
      port: 1,
      connections,
      ack: null,
      disconnects: {},
      reasonCodes: [],
      refusal: null,
      bridge: null,
    })
    await using _one = await openControlSocket(folder, { report: () => report(1) }, silentLogger)
    await using _two = await openControlSocket(folder, { report: () => report(2) }, silentLogger)
    const thread = callerOf.gateway(async () => ({ value: report(3) }))
    const peers = createRolePeers('gateway', folder.dataDir, () => [thread])
    const reports = await peers.all((peer) => peer.report())
    assert.deepEqual(new Set(reports.map(({ connections }) => connections)), new Set([1, 2, 3]))
    await using _broken = await openControlSocket(
      folder,
      { report: () => Promise.reject(new Outage('X', 'x', { retryable: false })) },
      silentLogger,
    )
    await assert.rejects(
      peers.all((peer) => peer.report()),
      { code: 'X' },
    )
  },
)
