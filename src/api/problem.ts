// Every error the API answers with: application/problem+json (RFC 9457). `problem` makes the
// throwable; `error-answer.ts` turns whatever was thrown into one of these. A detail says what was
// wrong and what to do about it, and never what is inside.
import type { Problem } from './contract.ts'

/** The kinds of problem, by the last part of their `type`. */
export const problemKinds = {
  'invalid-request': { status: 400, title: 'The request is not of the right form' },
  'invalid-cursor': { status: 400, title: 'The page does not exist' },
  'not-signed-in': { status: 401, title: 'Not signed in' },
  'share-ended': { status: 401, title: 'The link has ended' },
  'wrong-credentials': { status: 401, title: 'Name or password is wrong' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'wrong-setup-token': { status: 403, title: 'The setup link is not valid' },
  'link-not-valid': { status: 403, title: 'The link is not valid' },
  'wrong-password': { status: 403, title: 'The password is wrong' },
  'other-origin': { status: 403, title: 'Called from another site' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'name-taken': { status: 409, title: 'The name is taken' },
  'too-many-tokens': { status: 409, title: 'There are as many tokens as may be' },
  'last-administrator': { status: 409, title: 'The last administrator' },
  'no-password': { status: 409, title: 'There is no password here' },
  'already-set-up': { status: 409, title: 'Already set up' },
  'too-many-links': { status: 409, title: 'Too many links' },
  'changed-meanwhile': { status: 409, title: 'Changed meanwhile' },
  'in-the-way': { status: 409, title: 'Something else is in the way' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'unknown-host': { status: 421, title: 'Not a name of this server' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  'sessions-elsewhere': { status: 501, title: 'Another broker keeps the sessions' },
  'gateway-unreachable': { status: 503, title: 'No gateway answers' },
  unavailable: { status: 503, title: 'Not available right now' },
} as const

export type ProblemKind = keyof typeof problemKinds

export const problemType = (kind: ProblemKind): string => `/problems/${kind}`

export const problemMediaType = 'application/problem+json'

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly body: Problem
  readonly headers: Readonly<Record<string, string>>

  constructor(body: Problem, headers: Readonly<Record<string, string>>) {
    super(body.detail)
    this.body = body
    this.headers = headers
  }
}

type More = { readonly errors?: NonNullable<Problem['errors']>; readonly headers?: Readonly<Record<string, string>> }

/** A problem to throw from a handler or a hook. */
export function problem(kind: ProblemKind, detail: string, { errors, headers }: More = {}): ApiProblem {
  const { status, title } = problemKinds[kind]
  return new ApiProblem(
    { type: problemType(kind), title, status, detail, ...(errors === undefined ? {} : { errors }) },
    headers ?? {},
  )
}

/** 429: come back after `waitMs` milliseconds. */
export const tooMany = (detail: string, waitMs: number): ApiProblem =>
  problem('too-many-requests', detail, { headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) } })
