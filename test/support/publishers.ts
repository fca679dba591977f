// A running system that takes messages of publishers from a broker in this process, and by HTTP.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import type { SystemState } from '../../src/api/contract.ts'
import { freePort } from '../../src/base/port.testing.ts'
import type { DialectMessage } from '../../src/mapping/dialects.testing.ts'
import type { MessageMapping } from '../../src/mapping/messages/message-mapping.ts'
import { shippedAnyMapping } from '../../src/replay/mapping-catalogue.ts'
import { openAedes } from './aedes-broker.ts'
import { signIn, type ApiClient } from './api-client.ts'
import { startSystem, type RunningSystem } from './running-system.ts'

const secret = 'c0ffee'.repeat(8)

const isHttp = /^(GET|POST) (.*)$/

type Senders = Readonly<Record<string, Readonly<Record<string, string>>>>

export type Publishers = AsyncDisposable & {
  readonly api: ApiClient
  readonly system: RunningSystem
  /** Sends it by HTTP, and gives the answer. */
  request(message: DialectMessage, mapping: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Hands a message to the broker, or sends it by HTTP as one of that mapping. */
  send(message: DialectMessage, mapping?: string): Promise<void>
  /** Waits until so many messages in all are translated, and until all that was said is derived. */
  untilTaken(count: number): Promise<SystemState>
}

export const mappingOf = (name: string): MessageMapping => shippedAnyMapping(name) as MessageMapping

/** A file of a copy of a mapping, as a user makes one: its routes take another topic, and what
 *  comes there is packed otherwise. */
export function copyOf(
  name: string,
  folder: string,
  topic: string,
  as: { readonly name?: string; readonly packing?: 'gzip' | 'snappy' } = {},
): string {
  const mapping = mappingOf(name)
  const { name: own = name, packing } = as
  const routes = mapping.from.routes
    .filter(({ payload }) => packing === undefined || payload !== undefined)
    .map(({ when, payload, list, passedOver }) => ({ topic, when, payload, packing, list, passedOver }))
  const file = join(folder, `${own}.json`)
  writeFileSync(file, JSON.stringify({ ...mapping, name: own, from: { ...mapping.from, routes }, examples: undefined }))
  return file
}

/** Senders of which something was taken and is not said yet. */
async function openSenders({ url, cookie }: ApiClient): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`, { headers: { cookie } })).text()
  const [, count] =
    /^roadstream_publishers_open_senders(?:\{.*\})? (\d+)$/m.exec(metrics) ?? assert.fail('no count of open senders')
  return Number(count)
}

/** `files`: of mappings that are a user's own. */
export async function openPublishers(
  folder: string,
  senders: Senders,
  files: Readonly<Record<string, string>> = {},
): Promise<Publishers> {
  const file = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content), { mode: 0o600 })
    return join(folder, name)
  }
  const mappings = Object.keys(senders)
  const byHttp = mappings.filter(
    (name) =>
      !(name in files) &&
      mappingOf(name).from.routes.some((route) => 'method' in route && route.method !== 'TELTONIKA'),
  )
  const names = mappings.map((name) => files[name] ?? name)
  await using opened = new AsyncDisposableStack()
  const broker = opened.use(await openAedes())
  const port = await freePort()
  const system = await startSystem({
    dataDir: join(folder, 'data'),
    settings: {
      ROADSTREAM_BRIDGE: broker.url,
      // Aedes has no shared subscriptions.
      ROADSTREAM_BRIDGE_GROUP: '',
      ROADSTREAM_MAPPINGS: names.join(','),
      ROADSTREAM_SENDERS: file('senders.json', senders),
      ...(byHttp.length > 0 && {
        ROADSTREAM_PUBLISHERS_HTTP: `127.0.0.1:${port}`,
        ROADSTREAM_PUBLISHERS_SECRETS: file(
          'secrets.json',
          Object.fromEntries(byHttp.map((name) => [name, { secret }])),
        ),
      }),
    },
  })
  opened.defer(async () => assert.equal(await system.stop(), 0))
  const client = await connectAsync(broker.url)
  opened.defer(() => client.endAsync())
  const api = await signIn(system.setupUrl ?? assert.fail('no setup link'))
  while (!broker.hasSubscriber('owntracks/+/+')) await wait(20)
  const request: Publishers['request'] = (
    { address, payload, contentType = 'application/octet-stream' },
    mapping,
    headers = {},
  ) => {
    const [, method, path = ''] = isHttp.exec(address) ?? assert.fail(address)
    return fetch(`http://127.0.0.1:${port}/${mapping}/${secret}${path}`, {
      method: method!,
      ...(method === 'POST' && { body: new Uint8Array(payload), headers: { 'content-type': contentType, ...headers } }),
    })
  }
  const held = opened.move()
  return {
    api,
    system,
    request,
    async send(message, mapping = '') {
      const { address, payload } = message
      if (!isHttp.test(address))
        return void (await client.publishAsync(address.replace('TELTONIKA /', 'TELTONIKA/'), payload, { qos: 1 }))
      const response = await request(message, mapping)
      assert.equal(response.status, 200, await response.text())
    },
    async untilTaken(count) {
      for (;;) {
        const state = await api.get<SystemState>('/system')
        const taken = (state.publishers ?? []).reduce((sum, publisher) => sum + publisher.taken, 0)
        assert.ok(taken <= count, `${taken} messages were taken, not ${count}`)
        if (taken === count) break
        await wait(100)
      }
      // Windows close by the log's time.
      while ((await openSenders(api)) > 0) await wait(50)
      await api.untilRead()
      return await api.get<SystemState>('/system')
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
