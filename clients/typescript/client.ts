// A client of the Roadstream API for Node 20 or later and for browsers, over `fetch` and nothing
// else. Every operation of the OpenAPI document is called by its name, with its types.
import { operations, type Operations, type Problem } from './api.ts'

export type * from './api.ts'

export type ClientOptions = {
  /** Where the API is, such as `https://fleet.example`. */
  readonly url: string
  /** The token of a program, or an access token; or what gives one, asked before each call. */
  readonly token: string | (() => string | Promise<string>)
  readonly fetch?: typeof fetch
}

/** An answer that is an error, by RFC 9457. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem
  /** Seconds to wait before the same call, where the server says so. */
  readonly retryAfterS: number | undefined

  constructor(problem: Problem, retryAfterS: number | undefined) {
    super(`${problem.title}: ${problem.detail}`)
    this.problem = problem
    this.retryAfterS = retryAfterS
  }
}

type Name = keyof Operations
type Params<Of extends Name> = Operations[Of]['params']
type Result<Of extends Name> = Operations[Of]['result']
/** Operations that give a list, page by page. */
type ListName = { [Of in Name]: Result<Of> extends { readonly rows: readonly unknown[] } ? Of : never }[Name]
type RowOf<Of extends ListName> = Result<Of> extends { readonly rows: readonly (infer Row)[] } ? Row : never
/** Operations that are called without a body. */
type Call = <Of extends Name>(
  name: Of,
  params: Params<Of>,
  ...body: Operations[Of]['body'] extends undefined ? [] : [body: Operations[Of]['body']]
) => Promise<Result<Of>>

export type LiveEvent = { readonly event: string; readonly id: string | undefined; readonly data: unknown }
export type LiveOptions = {
  readonly feeds?: readonly string[]
  /** Where to resume: the id of the last event that was read. */
  readonly lastEventId?: string
  readonly signal?: AbortSignal
}

export type Client = {
  /** Rejects with `ProblemError` where the server refuses. */
  readonly call: Call
  /** All rows of a list, page after page as they are read. */
  pages<Of extends ListName>(name: Of, params: Params<Of>): AsyncGenerator<RowOf<Of>, void, undefined>
  /** The live feed, until it is left, or the connection ends. */
  live(options?: LiveOptions): AsyncGenerator<LiveEvent, void, undefined>
}

export function createClient({ url, token, fetch: send = fetch }: ClientOptions): Client {
  const request = async (method: string, path: string, init: { body?: unknown; headers?: object; signal?: AbortSignal }) => {
    const { body, headers, signal } = init
    const response = await send(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }

  const call: Call = async (name, params, ...[body]) => {
    const [method, path] = operations[name]
    const response = await request(method, addressOf(path, params), { body })
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    const result: unknown = isJson ? await response.json() : response.status === 204 ? undefined : await response.text()
    return result as Result<typeof name>
  }

  return {
    call,
    async *pages(name, params) {
      type Page = { readonly rows: readonly RowOf<typeof name>[]; readonly next?: string }
      const read = call as unknown as (name: ListName, params: object) => Promise<Page>
      let page = await read(name, params)
      yield* page.rows
      while (page.next !== undefined) {
        page = await read(name, { ...params, after: page.next })
        yield* page.rows
      }
    },
    async *live({ feeds, lastEventId, signal } = {}) {
      const path = addressOf('/api/v1/live', feeds === undefined ? {} : { feeds: feeds.join() })
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
      const { body } = await request('GET', path, { headers, ...(signal !== undefined && { signal }) })
      if (body !== null) yield* eventsOf(body)
    },
  }
}

/** The path with its parameters in it, and the others as the query. */
function addressOf(path: string, params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  let address = path
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue
    const place = `{${name}}`
    if (address.includes(place)) address = address.replace(place, encodeURIComponent(String(value)))
    else query.append(name, String(value))
  }
  return query.size === 0 ? address : `${address}?${query}`
}

/** A proxy on the way answers errors of its own, in a form of its own. */
async function problemOf(response: Response): Promise<ProblemError> {
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  const text = await response.text()
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true
  const problem = isProblem
    ? (JSON.parse(text) as Problem)
    : { type: 'about:blank', title: response.statusText, status: response.status, detail: text.slice(0, 500) }
  return new ProblemError(problem, Number.isFinite(after) ? after : undefined)
}

/** Server-sent events (WHATWG HTML, 9.2), as this server writes them: lines end with LF. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent, void, undefined> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  let lastId: string | undefined
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const blocks = (rest + decoder.decode(chunk.value, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = fieldsOf(block)
        lastId = fields.get('id') ?? lastId
        const data = fields.get('data')
        if (data !== undefined) yield { event: fields.get('event') ?? 'message', id: lastId, data: JSON.parse(data) }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

const fieldsOf = (block: string): ReadonlyMap<string, string> =>
  new Map(
    block.split('\n').flatMap((line) => {
      const [, name, value] = /^([a-z]+): ?(.*)$/s.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value] as const]
    }),
  )
