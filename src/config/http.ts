// The settings of the API and the dashboard: where they listen, and by which names and proxies they
// are reached. The names are those of the API's options.
import { accepted, refused, type Result } from '../base/errors.ts'
import { networks } from './networks.ts'
import { address, text, type Address, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

export type HttpConfig = {
  readonly listen: Address
  /** Names by which browsers may call the API besides its own address. */
  readonly names: readonly string[]
  /** Where browsers reach the dashboard when that is not its own address, such as
   *  `https://fleet.example`. */
  readonly publicUrl: string | undefined
  /** Origins whose pages may call the API with a token. */
  readonly origins: readonly string[]
  /** Addresses and networks of the proxies before it that say who the client is. */
  readonly trustedProxies: readonly string[]
}

export const httpSettings = {
  listen: address('ROADSTREAM_HTTP', '127.0.0.1:8080', 'where people and programs connect'),
  names: text(
    'ROADSTREAM_HTTP_NAMES',
    '',
    'host names of the dashboard, comma-separated, when it is reached by other names than its address',
    /^[A-Za-z0-9.,:-]*$/,
    'give host names separated by commas',
  ),
  publicUrl: {
    name: 'ROADSTREAM_HTTP_URL',
    fallback: '',
    about: 'where browsers reach the dashboard when a proxy stands before it, such as https://fleet.example',
    parse: parseWebUrl,
  },
  origins: {
    name: 'ROADSTREAM_HTTP_ORIGINS',
    fallback: '',
    about:
      'other origins whose pages may call the API with a token of a program, comma-separated, such as https://reports.example',
    parse: parseOrigins,
  },
  trustedProxies: networks('ROADSTREAM_HTTP_PROXY_FROM', 'proxies whose X-Forwarded-For is believed, comma-separated'),
} satisfies Record<keyof HttpConfig, Setting<unknown>>

/** `http(s)://host` or `http(s)://host:port`, and nothing behind it; empty gives undefined. */
function parseWebUrl(given: string): Result<string | undefined> {
  if (given === '') return accepted(undefined)
  return isWebOrigin(given)
    ? accepted(given)
    : refused('setting', 'give http(s)://host or http(s)://host:port, such as https://fleet.example, without a path')
}

/** Each as a browser says it: exact, and no pattern. */
function parseOrigins(given: string): Result<readonly string[]> {
  const origins = given.split(',').filter((origin) => origin !== '')
  const wrong = origins.find((origin) => !isWebOrigin(origin))
  return wrong === undefined
    ? accepted(origins)
    : refused(
        'setting',
        `"${wrong}" is none: give each as http(s)://host or http(s)://host:port, in lower case, without a path, a "*" or the port that is usual, and commas between them`,
      )
}

const isWebOrigin = (text: string): boolean =>
  /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text

export function httpConfig({ takeAll }: SettingsReader): HttpConfig {
  const { listen, names, publicUrl, origins, trustedProxies = [] } = takeAll(httpSettings)
  return { listen, names: names.split(',').filter((name) => name !== ''), publicUrl, origins, trustedProxies }
}
