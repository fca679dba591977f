// The words routes and hooks share: the server's type, what a route may ask to be protected by, and
// what a request carries once it is let in.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Session } from './session/sessions.ts'

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route under /api/v1. Without it: whoever is signed in. */
    access?: 'everyone'
    /** Costs a token of the session's allowance: lists and tracks. */
    paced?: boolean
  }
  interface FastifyRequest {
    /** Null until the session check, and on routes for everyone. */
    session: Session | null
  }
}
