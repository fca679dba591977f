// An identity provider of the `oidc-provider` package on a free port of this machine, and a browser
// of few words that signs in there: the package's own pages take any name.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export type TestPerson = { readonly name: string; readonly groups: readonly string[] | string }

export type TestIdentityProvider = AsyncDisposable & {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** Signs the person in there, as a browser that was sent to `url`, and gives where it is sent
   *  back to. */
  signIn(url: string, name: string): Promise<string>
}

/** `people` by the name they sign in with there. */
export async function openTestIdentityProvider(
  returnUrl: string,
  people: Readonly<Record<string, TestPerson>>,
): Promise<TestIdentityProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = { clientId: 'roadstream', clientSecret: 'a secret of forty characters, well, nearly' }
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.clientId, client_secret: client.clientSecret, redirect_uris: [returnUrl] }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: people[id]?.name, groups: people[id]?.groups }),
    }),
    cookies: { keys: ['a key of a test'] },
  })
  const answer = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void answer(request, response))
  return {
    issuer,
    client,
    signIn: (url, name) => browse(url, name, returnUrl),
    [Symbol.asyncDispose]: () => closed(server),
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** Follows where it is sent, fills in the two forms, and stops at the return URL. */
async function browse(start: string, name: string, returnUrl: string): Promise<string> {
  const cookies = new Map<string, string>()
  let url = new URL(start)
  let form: URLSearchParams | undefined
  for (let step = 0; step < 12; step++) {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: Array.from(cookies, ([key, value]) => `${key}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(key, value)
    }
    form = undefined
    const location = answer.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      if (url.href.startsWith(returnUrl)) return url.href
      continue
    }
    const page = await answer.text()
    const [, action] = /<form[^>]*action="([^"]+)"/.exec(page) ?? []
    if (action === undefined) throw new Error(`the provider shows no form: ${answer.status} ${page.slice(0, 500)}`)
    url = new URL(action, url)
    form = new URLSearchParams(
      page.includes('name="login"') ? { prompt: 'login', login: name, password: 'any' } : { prompt: 'consent' },
    )
  }
  throw new Error('the provider sends the browser round and round')
}
