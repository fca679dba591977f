// Against a real provider, the `oidc-provider` package.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { IdentityRefused } from './identity-provider.ts'
import { createOpenIdProvider } from './openid-provider.ts'
import { openTestIdentityProvider } from './openid-provider.testing.ts'

const returnUrl = 'http://localhost:8080/api/v1/session/identity-provider/return'
const people = {
  ana: { name: 'Ana', groups: ['fleet', 'north'] },
  bo: { name: 'Bo', groups: 'fleet' },
}
const about = { name: 'company account', groupsClaim: 'groups' }

test('a person who signed in there is told with name and groups', async () => {
  await using there = await openTestIdentityProvider(returnUrl, people)
  const provider = createOpenIdProvider({ ...about, issuer: there.issuer, ...there.client })
  const signIn = async (name: string) => {
    const { url, secrets } = await provider.begin(returnUrl)
    return provider.complete(await there.signIn(url, name), secrets)
  }
  const { issuer } = there
  assert.deepEqual(await signIn('ana'), { issuer, subject: 'ana', name: 'Ana', groups: ['fleet', 'north'] })
  assert.deepEqual(await signIn('bo'), { issuer, subject: 'bo', name: 'Bo', groups: ['fleet'] })
  assert.deepEqual(await signIn('eva'), { issuer, subject: 'eva', name: 'eva', groups: [] })
})

test('a return that is of another sign-in, is told twice, or says no is refused', async () => {
  await using there = await openTestIdentityProvider(returnUrl, people)
  const provider = createOpenIdProvider({ ...about, issuer: there.issuer, ...there.client })
  const [mine, another] = [await provider.begin(returnUrl), await provider.begin(returnUrl)]
  const back = await there.signIn(mine.url, 'ana')
  const refused = (url: string, secrets = mine.secrets) =>
    assert.rejects(provider.complete(url, secrets), IdentityRefused)
  await refused(back, another.secrets)
  await refused(`${returnUrl}?error=access_denied&state=${mine.secrets.state}`)
  await refused(back, { ...mine.secrets, nonce: another.secrets.nonce })
  await refused(back)
  const third = await provider.begin(returnUrl)
  await refused(await there.signIn(third.url, 'ana'), { ...third.secrets, verifier: another.secrets.verifier })
})

test('a provider that is away, or is another than it says, is an outage, and asked anew the next time', async () => {
  let answer = { status: 500, body: '' }
  const asked = { times: 0 }
  await using server = await openServer(() => {
    asked.times += 1
    return answer
  })
  const provider = createOpenIdProvider({
    ...about,
    issuer: server.url,
    clientId: 'roadstream',
    clientSecret: undefined,
  })
  const unavailable = (error: unknown) => error instanceof Outage && error.code === 'IDENTITY_UNAVAILABLE'
  await assert.rejects(provider.begin(returnUrl), unavailable)
  answer = {
    status: 200,
    body: JSON.stringify({ issuer: 'https://another.example', authorization_endpoint: 'https://another.example/' }),
  }
  await assert.rejects(provider.begin(returnUrl), unavailable)
  assert.equal(asked.times, 2)
})

async function openServer(answer: () => { readonly status: number; readonly body: string }) {
  const server = createServer((_request, response) => {
    const { status, body } = answer()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
