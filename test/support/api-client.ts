// A signed-in client of a running system's API.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { SystemState } from '../../src/api/contract.ts'

export type ApiClient = {
  get<Answer>(path: string): Promise<Answer>
  /** Waits until every consumer has read all there is. */
  untilRead(): Promise<void>
  readonly cookie: string
  readonly url: string
}

/** Makes the first administrator through the setup link. */
export async function signIn(setupUrl: string): Promise<ApiClient> {
  const { origin, searchParams } = new URL(setupUrl)
  const answer = await fetch(`${origin}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token: searchParams.get('token'), name: 'ada', password: 'correct horse battery' }),
  })
  assert.equal(answer.status, 201, await answer.clone().text())
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  return apiClient(origin, cookie)
}

/** For somebody who is signed in. */
export function apiClient(url: string, cookie: string): ApiClient {
  const get = async <Answer>(path: string): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1${path}`, { headers: { cookie } })
    assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`)
    return (await response.json()) as Answer
  }
  return {
    url,
    cookie,
    get,
    async untilRead() {
      // Jobs hold back what they may still correct for a few seconds, so being read out must last.
      for (let quiet = 0; quiet < 10; await wait(500)) {
        const { lag } = await get<SystemState>('/system')
        quiet = lag.every(({ records }) => records === 0) ? quiet + 1 : 0
      }
    },
  }
}
