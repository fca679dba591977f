// The answer to a request that is not taken, as application/problem+json (RFC 9457): what was
// wrong and what to do, never what was given.
import type { ServerResponse } from 'node:http'

export const refusals = {
  'not-proven': {
    status: 401,
    detail: 'Give /MAPPING/SECRET/… or the secret as Authorization: Bearer, with the signature where one is asked for.',
  },
  'not-read': {
    status: 404,
    detail: 'The mapping reads no requests of this method and path, or the path is too long.',
  },
  method: { status: 405, detail: 'Publishers send by GET or POST.' },
  'too-large': { status: 413, detail: 'A body has at most 256 KiB.' },
  encoding: { status: 415, detail: 'Send the body as it is, without a Content-Encoding.' },
  'too-many': { status: 429, detail: 'There are more requests than are taken for this mapping. Come again later.' },
  busy: { status: 503, detail: 'There is no room for more right now. Come again later.' },
  'log-away': { status: 503, detail: 'Nothing can be stored right now. Come again later.' },
} as const

export type Refusal = keyof typeof refusals

export function refuse(response: ServerResponse, why: Refusal, retryAfterS: number): void {
  const { status, detail } = refusals[why]
  const headers = {
    'content-type': 'application/problem+json',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(status === 405 && { allow: 'GET, POST' }),
    ...((status === 429 || status === 503) && { 'retry-after': String(retryAfterS) }),
    // The unread rest of the body is not waited for.
    ...(!response.req.complete && { connection: 'close' }),
  }
  response.req.resume()
  response.writeHead(status, headers).end(JSON.stringify({ type: `/problems/${why}`, status, detail }))
}
