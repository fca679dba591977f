// Requirements on a request before any handler sees it: addressed to a name of this server (else a
// web page could reach it by DNS rebinding), and when it comes from a browser, sent by our own
// pages, or with a token by one of an origin that is let in (cross-origin.ts). With cookies that
// are SameSite=Strict and bodies that must be JSON, this is the defence against cross-site
// requests; SameSite alone takes http://localhost:1234 and http://localhost:8080 for one site.
import { hostText } from '../base/host-text.ts'
import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../base/loopback.ts'
import type { CrossOrigin } from './cross-origin.ts'
import { problem } from './problem.ts'

export type HostRule = { readonly host: string; readonly names: readonly string[]; readonly publicUrl: URL | undefined }

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

/** A check of the Host header; throws `unknown-host`. */
export function createHostCheck({ host, names, publicUrl }: HostRule): (request: FastifyRequest) => void {
  const configured = [...names, ...(publicUrl === undefined ? [] : [publicUrl.hostname])].map((name) => nameOf(name))
  if (!isLoopback(host) && configured.length === 0) return () => undefined
  const allowed = new Set([...loopbackNames, ...configured, nameOf(hostText(host))])
  return (request) => {
    const name = nameOf(request.headers.host ?? '')
    if (allowed.has(name)) return
    throw problem(
      'unknown-host',
      'This server does not answer to that host name. Use its address, or add the name to the settings (ROADSTREAM_HTTP_NAMES).',
    )
  }
}

/** Without port and final dot, in lower case. */
const nameOf = (host: string): string => host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** A check of where a browser's request comes from; throws `other-origin`. Programs send neither
 *  header and pass. Without a token a page of another origin reads what is for everyone, and no
 *  more. */
export function createOriginCheck(
  publicUrl: URL | undefined,
  crossOrigin: Pick<CrossOrigin, 'of'>,
): (request: FastifyRequest) => void {
  const isLetIn = (request: FastifyRequest): boolean =>
    crossOrigin.of(request) !== undefined &&
    (request.routeOptions.config.access === 'everyone'
      ? !changing.has(request.method)
      : request.headers.authorization !== undefined)
  return (request) => {
    const site = request.headers['sec-fetch-site']
    const { origin } = request.headers
    const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none'
    const foreignOrigin =
      origin !== undefined && changing.has(request.method) && !isOwn(origin, request.headers.host, publicUrl)
    if ((foreignSite || foreignOrigin) && !isLetIn(request))
      throw problem(
        'other-origin',
        "Only this server's own pages may call it from a browser, and with a token those of ROADSTREAM_HTTP_ORIGINS. Open the dashboard, or call from a program.",
      )
  }
}

function isOwn(origin: string, host: string | undefined, publicUrl: URL | undefined): boolean {
  if (publicUrl !== undefined && origin === publicUrl.origin) return true
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
