// OAuth 2.0 for programs: an access token for client credentials (RFC 6749, 4.4), and where to ask
// for it (RFC 8414). The client is a program, its secret any of its tokens. Errors have the form of
// RFC 6749, 5.2, as libraries expect it, and not that of the API.
import { addressKey } from '../../base/address-key.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { allPermissions, type Permission } from '../../rights/permissions.ts'
import { ApiProblem } from '../problem.ts'
import type { Audit } from '../audit/request-audit.ts'
import type { Rights } from '../rights.ts'
import type { Server } from '../server-types.ts'
import { accessTokenLifeMs, type AccessTokens } from './access-token.ts'
import { callerOfProgram, type ProgramAccess } from './program-access.ts'
import { hashOfSecret } from '../signed-text.ts'

export type OAuthParts = {
  readonly access: ProgramAccess
  readonly accessTokens: AccessTokens
  readonly rights: Rights
  readonly audit: Audit
  /** Where programs reach this server; as they call it when absent. */
  readonly publicUrl: URL | undefined
}

const formType = 'application/x-www-form-urlencoded'
const bodyBytesMax = 8 * 1024
const grantType = 'client_credentials'

type ErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope'

/** A refusal in the words of RFC 6749, 5.2. */
class OAuthFault extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export async function registerOAuthRoutes(server: Server, parts: OAuthParts): Promise<void> {
  server.get('/.well-known/oauth-authorization-server', { schema: { hide: true } }, (request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .send(metadata(parts.publicUrl?.origin ?? `${request.protocol}://${request.host}`)),
  )
  // Forms can be sent by any page, so nothing but this route reads them; it takes no cookie.
  await server.register(async (scope: Server) => {
    scope.addContentTypeParser(formType, { parseAs: 'string', bodyLimit: bodyBytesMax }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    )
    scope.setErrorHandler((error, _request, reply) => refuse(reply, error))
    scope.post('/oauth/token', { schema: { hide: true } }, async (request, reply) =>
      reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' }).send(await answer(request, parts)),
    )
  })
}

const metadata = (issuer: string): object => ({
  issuer,
  token_endpoint: `${issuer}/oauth/token`,
  grant_types_supported: [grantType],
  response_types_supported: [],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  scopes_supported: allPermissions,
  service_documentation: `${issuer}/api/docs`,
})

async function answer(request: FastifyRequest, { access, accessTokens, rights, audit }: OAuthParts): Promise<object> {
  const form = formOf(request.body)
  const { id, secret } = credentialsOf(request, form)
  const type = form.get('grant_type')
  if (type === null) throw new OAuthFault('invalid_request', `grant_type is missing: give ${grantType}.`)
  if (type !== grantType) throw new OAuthFault('unsupported_grant_type', `There is ${grantType} alone.`)
  const admitted = await access.find(secret, addressKey(request.ip))
  if (admitted === undefined || admitted.program.id !== id) {
    const reason = 'no program, or none of its tokens'
    await audit.seldom(request, { action: 'sign-in', target: { kind: 'program', id: '' }, result: 'refused', reason })
    throw new OAuthFault('invalid_client', 'The client is no program, or the secret is none of its tokens (any more).')
  }
  const caller = callerOfProgram(admitted)
  const { tenant, name, kind } = caller
  await audit.seldom(request, { action: 'sign-in', target: { kind, id }, tenant, who: { kind, id, name } })
  const scope = scopeOf(form.get('scope'), rights.allOf(caller))
  return {
    access_token: accessTokens.issue({ hash: hashOfSecret(secret), ...(scope !== undefined && { scope }) }),
    token_type: 'Bearer',
    expires_in: accessTokenLifeMs / 1000,
    scope: (scope ?? rights.allOf(caller)).join(' '),
  }
}

/** No parameter comes twice (RFC 6749, 3.2). */
function formOf(body: unknown): URLSearchParams {
  if (!(body instanceof URLSearchParams))
    throw new OAuthFault(
      'invalid_request',
      `Send the parameters as a form, with the header "content-type: ${formType}".`,
    )
  const twice = [...body.keys()].find((name, index, names) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new OAuthFault('invalid_request', 'A parameter is there twice.')
  return body
}

type Credentials = { readonly id: string; readonly secret: string }

/** In the header or in the form, and not in both (RFC 6749, 2.3). */
function credentialsOf({ headers: { authorization } }: FastifyRequest, form: URLSearchParams): Credentials {
  const [id, secret] = [form.get('client_id'), form.get('client_secret')]
  if (authorization === undefined) {
    if (id === null || secret === null)
      throw new OAuthFault('invalid_client', 'Say who you are, by HTTP Basic or by client_id and client_secret.')
    return { id, secret }
  }
  const basic = basicOf(authorization)
  if (secret !== null || (id !== null && id !== basic.id))
    throw new OAuthFault('invalid_request', 'Say once who you are, in the header or in the form.')
  return basic
}

/** Both are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basicOf(authorization: string): Credentials {
  const encoded = /^Basic +([\w+/-]+=*) *$/i.exec(authorization)?.[1]
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? []
  const decoded = [id, secret].map((text) => new URLSearchParams(`x=${(text ?? '').replaceAll('&', '%26')}`).get('x'))
  if (id === undefined || secret === undefined) throw new OAuthFault('invalid_client', 'The header is not HTTP Basic.')
  return { id: decoded[0] ?? '', secret: decoded[1] ?? '' }
}

/** Scopes are permissions; undefined: all that the program has. */
function scopeOf(asked: string | null, allowed: readonly Permission[]): readonly Permission[] | undefined {
  if (asked === null) return undefined
  const names = new Set(asked.split(' '))
  const scope = allowed.filter((permission) => names.has(permission))
  if (scope.length !== names.size)
    throw new OAuthFault('invalid_scope', 'Ask for permissions that the program has, with single spaces between them.')
  return scope
}

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const fault = faultOf(error)
  if (fault === undefined) throw error
  const { code, status, message, headers } = fault
  return reply
    .status(status)
    .headers({ 'cache-control': 'no-store', pragma: 'no-cache', ...headers })
    .send({ error: code, error_description: message })
}

type Refusal = {
  readonly code: string
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Undefined of what is an answer of the server itself: an outage, or a fault of ours. */
function faultOf(error: unknown): Refusal | undefined {
  if (error instanceof OAuthFault) {
    const isClient = error.code === 'invalid_client'
    const headers = isClient ? { 'www-authenticate': 'Basic realm="roadstream", charset="UTF-8"' } : {}
    return { code: error.code, status: isClient ? 401 : 400, message: error.message, headers }
  }
  if (error instanceof ApiProblem) {
    const { status, detail } = error.body
    return { code: 'invalid_request', status, message: detail, headers: error.headers }
  }
  const { statusCode } = error as { readonly statusCode?: number }
  return statusCode !== undefined && statusCode < 500
    ? {
        code: 'invalid_request',
        status: statusCode,
        message: `Send the parameters as a form (${formType}) of at most 8 KiB.`,
      }
    : undefined
}
