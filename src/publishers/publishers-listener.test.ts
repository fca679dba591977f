// Publishers that send by HTTP, against a real socket.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import { arrivedOf, foreignLimits } from '../eventlog/foreign-record.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { heldLog } from '../gateway/gateway.testing.ts'
import { until } from '../gateway/gateway.testing.ts'
import { openPublishersListener, type HttpPublisher, type PublishersListenerOptions } from './publishers-listener.ts'

const secret = 's'.repeat(40)
const key = 'the application management token'
const senderOf = (address: string): string | undefined =>
  /^(?:POST|GET) \/track(?:\/([^/?]*))?/
    .exec(address)
    ?.slice(1)
    .map((name) => name ?? 'all')[0]
const publishers: readonly HttpPublisher[] = [
  { name: 'own', senderOf, proof: { secret } },
  { name: 'hook', senderOf, proof: { key } },
  { name: 'both', senderOf, proof: { secret, key } },
]
const signed = (body: string | Buffer): Record<string, string> => ({
  'sc-signature': createHmac('sha256', key).update(body).digest('hex'),
})

async function open(more: Partial<PublishersListenerOptions> = {}) {
  const log = heldLog(openMemoryLog({ partitions: 1 }))
  const lines: string[] = []
  const registry = new Registry()
  const listener = await openPublishersListener({
    listen: { host: '127.0.0.1', port: 0 },
    publishers,
    log,
    steady: steadyClock,
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    registry,
    ...more,
  })
  const url = `http://127.0.0.1:${listener.port}`
  return {
    log,
    url,
    port: listener.port,
    said: () => lines.join(''),
    metrics: () => registry.metrics(),
    send: (path: string, init: RequestInit = {}) => fetch(url + path, { method: 'POST', body: '{}', ...init }),
    stored: async () => (await readWhole(log, 'foreign')).map((record) => arrivedOf(record)!),
    async [Symbol.asyncDispose]() {
      log.release()
      await listener[Symbol.asyncDispose]()
      await log[Symbol.asyncDispose]()
    },
  }
}

type Problem = { readonly status: number; readonly type: string; readonly detail: string }

test('a proven request is stored as it came, without its secret, and answered once it is durable', async () => {
  await using it = await open()
  it.log.hold()
  const body = Buffer.from([0xff, 0x00, 0x7b])
  let isAnswered = false
  const sending = it.send(`/own/${secret}/track/ana?d=phone`, {
    body,
    headers: { 'content-type': 'application/x-own' },
  })
  void sending.then(() => (isAnswered = true))
  await until('it is on its way to the log', () => it.log.attempts === 1)
  for (let n = 0; n < 5; n++) assert.equal((await it.send('/own')).status, 401)
  assert.equal(isAnswered, false)
  it.log.release()
  const answer = await sending
  assert.deepEqual(
    [answer.status, answer.headers.get('content-type'), await answer.text()],
    [200, 'application/json', '[]'],
  )
  const get = await it.send(`/own/${secret}/track?id=7&lat=1`, { method: 'GET', body: null })
  assert.equal(get.status, 200)
  assert.deepEqual(
    (await it.stored()).map(({ mapping, sender, address, payload, contentType, retained }) => [
      mapping,
      sender,
      address,
      [...payload],
      contentType,
      retained,
    ]),
    [
      ['own', 'ana', 'POST /track/ana?d=phone', [...body], 'application/x-own', false],
      ['own', 'all', 'GET /track?id=7&lat=1', [], undefined, false],
    ],
  )
  assert.match(await it.metrics(), /roadstream_gateway_publisher_requests_total\{mapping="own",status="200"\} 2/)
})

test('the secret may stand in the head, as Bearer or as the password of Basic', async () => {
  await using it = await open()
  const basic = Buffer.from(`ana:${secret}`).toString('base64')
  for (const authorization of [`Bearer ${secret}`, `basic ${basic}`])
    assert.equal((await it.send('/own/track/ana', { headers: { authorization } })).status, 200)
  assert.deepEqual(
    (await it.stored()).map(({ address }) => address),
    ['POST /track/ana', 'POST /track/ana'],
  )
})

test('without the proof nobody comes in, whatever they know of a car, and nothing tells what would have been right', async () => {
  await using it = await open()
  const body = '{"_type":"location","vehicle":"golf"}'
  const basic = `Basic ${Buffer.from('ana:ana').toString('base64')}`
  const answers = await Promise.all([
    it.send('/own/track/ana', { body }),
    it.send(`/own/${secret}x/track/ana`, { body }),
    it.send(`/own/${secret.slice(1)}/track/ana`, { body }),
    it.send(`/own//track/ana`, { body }),
    it.send(`/owns/${secret}/track/ana`, { body }),
    it.send(`/own/${secret}/track/ana`, { body, headers: { authorization: basic } }),
    it.send(`/hook/track/ana`, { body }),
    it.send(`/hook/track/ana`, { body, headers: signed(`${body} `) }),
    it.send(`/hook/track/ana`, { body, headers: { 'sc-signature': '' } }),
    it.send(`/both/${secret}/track/ana`, { body }),
    it.send(`/both/track/ana`, { body, headers: signed(body) }),
    it.send('/', { body }),
    it.send('//', { body }),
  ])
  const texts = await Promise.all(answers.map((answer) => answer.text()))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]))
  assert.equal(new Set(texts).size, 1)
  assert.equal((JSON.parse(texts[0]!) as Problem).type, '/problems/not-proven')
  assert.equal(answers[0].headers.get('content-type'), 'application/problem+json')
  assert.deepEqual(await it.stored(), [])
  assert.match(await it.metrics(), /\{mapping="none",status="401"\} 13/)
  assert.equal(it.said(), '')
})

test('a signature is of the bytes as they came, and with both both must be right', async () => {
  await using it = await open()
  const body = '{"soc": 75.0}'
  for (const path of ['/hook/track', `/both/${secret}/track`])
    assert.equal((await it.send(path, { body, headers: signed(body) })).status, 200)
  assert.deepEqual(
    (await it.stored()).map(({ mapping, payload }) => [mapping, Buffer.from(payload).toString()]),
    [
      ['hook', body],
      ['both', body],
    ],
  )
})

test('a challenge is answered, is stored nowhere, and gives nobody the signature of a body', async () => {
  await using it = await open()
  const answerTo = async (body: object) => it.send('/hook/track', { body: JSON.stringify(body) })
  const challenge = '3a5c8f72-e6d9-4b1a-9f2e-8c7d6a5b4e3f'
  const expected = { challenge: createHmac('sha256', key).update(challenge).digest('hex') }
  for (const body of [
    { eventType: 'VERIFY', data: { challenge } },
    { eventName: 'verify', payload: { challenge } },
  ]) {
    const answer = await answerTo(body)
    assert.deepEqual(
      [answer.status, answer.headers.get('content-type'), await answer.json()],
      [200, 'application/json', expected],
    )
  }
  const forged = '{"eventType":"VEHICLE_STATE"}'
  for (const data of [{ challenge: forged }, { challenge: 7 }, {}, null, { challenge: 'x'.repeat(201) }])
    assert.equal((await answerTo({ eventType: 'VERIFY', data })).status, 401)
  assert.equal(
    (await it.send('/own/track', { body: JSON.stringify({ eventType: 'VERIFY', data: { challenge } }) })).status,
    401,
  )
  assert.deepEqual(await it.stored(), [])
})

test('what is not taken is answered with why, and a client may go on', async () => {
  await using it = await open({ limits: { requestsPerS: 1, requestsAtOnce: 3, pendingBytes: 300_000 } })
  const own = `/own/${secret}`
  const kindOf = async (answer: Response): Promise<[number, string]> => {
    const { status, type, detail } = (await answer.json()) as Problem
    assert.equal(status, answer.status)
    assert.ok(detail.length > 10)
    return [status, type.slice('/problems/'.length)]
  }
  assert.deepEqual(await kindOf(await it.send(`${own}/track`, { method: 'PUT' })), [405, 'method'])
  assert.deepEqual(await kindOf(await it.send(`${own}/elsewhere`)), [404, 'not-read'])
  assert.deepEqual(await kindOf(await it.send(`${own}/track/${'x'.repeat(foreignLimits.addressChars)}`)), [
    404,
    'not-read',
  ])
  const zipped = { body: gzipSync(Buffer.alloc(10_000_000)), headers: { 'content-encoding': 'gzip' } }
  assert.deepEqual(await kindOf(await it.send(`${own}/track`, zipped)), [415, 'encoding'])
  const large = Buffer.alloc(foreignLimits.payloadBytes + 1)
  assert.deepEqual(await kindOf(await it.send(`${own}/track`, { body: large })), [413, 'too-large'])
  assert.deepEqual(await kindOf(await sendChunked(it.port, `${own}/track`, large)), [413, 'too-large'])
  assert.equal((await it.send(`${own}/track`, { body: large.subarray(1) })).status, 200)
  const tooMany = await it.send(`${own}/track`)
  assert.equal(tooMany.headers.get('retry-after'), '1')
  assert.deepEqual(await kindOf(tooMany), [429, 'too-many'])
  assert.equal((await it.send('/hook/track', { headers: signed('{}') })).status, 200)
  assert.equal((await it.stored()).length, 2)
})

/** Without a length that is known before. */
function sendChunked(port: number, path: string, body: Buffer): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sending = httpRequest({ port, host: '127.0.0.1', path, method: 'POST' }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (more: string) => (text += more))
      answer.on('end', () => resolve(new Response(text, { status: answer.statusCode! })))
    })
    sending.on('error', reject)
    for (let at = 0; at < body.length; at += 16_384) sending.write(body.subarray(at, at + 16_384))
    sending.end()
  })
}

test('while the log takes nothing publishers are told to come again, and so are those beyond what there is room for', async () => {
  await using it = await open({ limits: { pendingBytes: 1_000 } })
  const own = `/own/${secret}/track`
  it.log.isFull = true
  const away = await it.send(own)
  assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '5'])
  assert.equal(((await away.json()) as Problem).type, '/problems/log-away')
  it.log.isFull = false
  it.log.hold()
  const waiting = it.send(own, { body: 'x'.repeat(800) })
  await until('it is on its way to the log', () => it.log.attempts === 2)
  const busy = await it.send(own, { body: 'x'.repeat(300) })
  assert.deepEqual([busy.status, ((await busy.json()) as Problem).type], [503, '/problems/busy'])
  it.log.release()
  assert.equal((await waiting).status, 200)
  assert.equal((await it.send(own, { body: 'x'.repeat(300) })).status, 200)
  assert.ok(!it.said().includes(secret) && it.said().includes('LOG_FULL'))
})

test('a client that leaves in the middle stores nothing', async () => {
  await using it = await open()
  const half = connect(it.port, '127.0.0.1')
  await once(half, 'connect')
  half.write(`POST /own/${secret}/track HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf of it`)
  for (let n = 0; n < 5; n++) assert.equal((await it.send('/own')).status, 401)
  half.destroy()
  for (let n = 0; n < 5; n++) assert.equal((await it.send(`/own/${secret}/track`)).status, 200)
  assert.equal(it.log.attempts, 5)
})

test('at the end what is under way is stored and answered', async () => {
  const it = await open()
  it.log.hold()
  const sending = it.send(`/own/${secret}/track`, { headers: { connection: 'close' } })
  await until('it is on its way to the log', () => it.log.attempts === 1)
  const closed = it[Symbol.asyncDispose]()
  assert.equal((await sending).status, 200)
  await closed
  assert.deepEqual(it.log.commits, [1])
})
