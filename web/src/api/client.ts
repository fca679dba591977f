// Every request to the API goes through here: JSON in and out, problems as typed errors, and one
// place that learns of a lost session.
import type { Problem } from '../../../src/api/contract.ts'

/** The API answered with a problem, or did not answer at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** The last part of the problem's `type`; empty when there is none. */
  readonly kind: string
  readonly fields: readonly { readonly field: string; readonly message: string }[]

  constructor(status: number, title: string, fields: ApiError['fields'] = [], kind = '') {
    super(title)
    this.status = status
    this.kind = kind
    this.fields = fields
  }
}

export const isUnreachable = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 504)
export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401
export const isWithoutGateway = (error: unknown): boolean =>
  error instanceof ApiError && error.kind === 'gateway-unreachable'
export const isMissing = (error: unknown): boolean => error instanceof ApiError && error.status === 404

const signedOutListeners = new Set<() => void>()

/** Calls `listener` whenever a request is refused because nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>

export function apiPath(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  const text = parameters.toString()
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`
}

/** GET. Rejects with ApiError; a 401 also tells the listeners of `onSignedOut`. */
export async function getJson<Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer> {
  try {
    return await call<Answer>(apiPath(path, query), { method: 'GET', ...withSignal(signal) })
  } catch (error) {
    if (isSignedOut(error)) for (const listener of signedOutListeners) listener()
    throw error
  }
}

/** GET as who has the token, whoever is signed in. */
export const getByToken = <Answer>(token: string, path: string, signal?: AbortSignal): Promise<Answer> =>
  call<Answer>(apiPath(path), { method: 'GET', headers: { authorization: `Bearer ${token}` }, ...withSignal(signal) })

const withSignal = (signal?: AbortSignal): { readonly signal?: AbortSignal } => (signal === undefined ? {} : { signal })

/** Sends a body. A 401 here is an answer (a wrong password), not a lost session. */
export const sendJson = <Answer>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> =>
  call<Answer>(apiPath(path), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })

/** POSTs a file or a text of that type. */
export const sendText = <Answer>(path: string, query: Query, body: Blob, type: string): Promise<Answer> =>
  call<Answer>(apiPath(path, query), { method: 'POST', body, headers: { 'content-type': type } })

type Request = {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Blob
  readonly signal?: AbortSignal
}

async function call<Answer>(url: string, init: Request): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(url, { ...init, headers: { accept: 'application/json', ...init.headers } })
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    throw new ApiError(0, 'Roadstream does not answer. Is it running, and is this computer still on its network?')
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer
  throw await problemOf(response)
}

async function problemOf(response: Response): Promise<ApiError> {
  const type = response.headers.get('content-type') ?? ''
  if (!type.includes('json'))
    return new ApiError(response.status, `The server answered ${response.status} without saying why.`)
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
  return new ApiError(
    response.status,
    problem.detail ?? problem.title ?? `The server answered ${response.status}.`,
    problem.errors ?? [],
    problem.type?.split('/').at(-1),
  )
}
