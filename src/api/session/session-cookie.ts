// The cookies of the session and of the browser: out of reach of scripts, never sent from another
// site. Over https they are Secure and bound to the host by their name (`__Host-`, RFC 6265bis).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { browserKnownMs } from './known-browsers.ts'

export type CookieRule = { readonly https: boolean }

const nameOf = ({ https }: CookieRule): string => (https ? '__Host-roadstream' : 'roadstream')
const browserNameOf = (rule: CookieRule): string => `${nameOf(rule)}-browser`
const attributes = ({ https }: CookieRule) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: https }) as const

export const sessionCookieOf = (request: FastifyRequest, rule: CookieRule): string | undefined =>
  request.cookies[nameOf(rule)]

export function setSessionCookie(reply: FastifyReply, rule: CookieRule, token: string, lifeMs: number): void {
  reply.setCookie(nameOf(rule), token, { ...attributes(rule), maxAge: Math.floor(lifeMs / 1000) })
}

export function clearSessionCookie(reply: FastifyReply, rule: CookieRule): void {
  reply.clearCookie(nameOf(rule), attributes(rule))
}

/** Of a sign-in elsewhere that waits. The way back comes from another site, so it is Lax. */
const waitingNameOf = (rule: CookieRule): string => `${nameOf(rule)}-elsewhere`
const waitingAttributes = (rule: CookieRule) => ({ ...attributes(rule), sameSite: 'lax' }) as const

export const waitingCookieOf = (request: FastifyRequest, rule: CookieRule): string | undefined =>
  request.cookies[waitingNameOf(rule)]

export function setWaitingCookie(reply: FastifyReply, rule: CookieRule, sealed: string, lifeMs: number): void {
  reply.setCookie(waitingNameOf(rule), sealed, { ...waitingAttributes(rule), maxAge: Math.floor(lifeMs / 1000) })
}

export function clearWaitingCookie(reply: FastifyReply, rule: CookieRule): void {
  reply.clearCookie(waitingNameOf(rule), waitingAttributes(rule))
}

export const browserCookieOf = (request: FastifyRequest, rule: CookieRule): string | undefined =>
  request.cookies[browserNameOf(rule)]

export function setBrowserCookie(reply: FastifyReply, rule: CookieRule, token: string): void {
  reply.setCookie(browserNameOf(rule), token, { ...attributes(rule), maxAge: browserKnownMs / 1000 })
}
