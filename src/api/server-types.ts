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
import type { Permission } from '../rights/permissions.ts'
import type { Holder } from '../rights/sight.ts'
import type { ShareLink } from '../storage/share-store.ts'
import type { Session } from './session/sessions.ts'

type Calling = Holder & {
  /** For people to read. */
  readonly name: string
  /** Of the session or token by which it is let in: allowances are counted by it. */
  readonly accessId: string
}
export type PersonCaller = Calling & { readonly kind: 'person'; readonly session: Session }
export type ProgramCaller = Calling & { readonly kind: 'program' }
/** Somebody with a link, whose time and vehicle are in the grants. */
export type LinkCaller = Calling & { readonly kind: 'link'; readonly share: ShareLink }

/** Who calls. */
export type Caller = PersonCaller | ProgramCaller | LinkCaller

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route under /api/v1: everyone, or, for what is one's own, whoever is signed
     *  in. Every route says this or what it needs. */
    access?: 'everyone' | 'signed-in'
    /** A browser comes here from another site, of which it was sent there by us. */
    isReturn?: boolean
    /** Must be allowed to the caller, with a vehicle or more; of which, the handler asks. */
    needs?: Permission
    /** It must be allowed over the whole tenant: what the route gives is no vehicle's. */
    whole?: boolean
    /** May be called by who has a link, with its rights; all else is refused to links. */
    forLinks?: boolean
    /** Its answer tells where vehicles are or were, or their identification numbers, to those who
     *  may see that: the audit says so, of the vehicle that is asked for, or of the fleet. */
    hasPlaces?: boolean
    hasVins?: boolean
    /** Costs a token of the session's allowance: lists and tracks. */
    paced?: boolean
  }
  interface FastifyRequest {
    /** Null until the session check, and on routes for everyone. */
    caller: Caller | null
  }
}
