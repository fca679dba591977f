// The settings of where cars connect taken together: the addresses besides plain MQTT, TLS, and the proxies in front. Plain data, like Config.
import { isIP } from 'node:net'
import { accepted, refused, type Result } from './base/errors.ts'
import type { Address } from './setting.ts'

export type TlsConfig = {
  /** Files in PEM. */
  readonly certFile: string
  readonly keyFile: string
  /** With it clients are asked for a certificate. */
  readonly clientCaFile?: string
  readonly crlFile?: string
  readonly clientCertificate: 'required' | 'optional'
}

export type TransportConfig = {
  readonly mqtts: Address | undefined
  readonly ws: Address | undefined
  readonly wss: Address | undefined
  /** There whenever `mqtts` or `wss` is. */
  readonly tls: TlsConfig | undefined
  /** Addresses and networks of proxies; undefined when clients come by themselves. */
  readonly proxyFrom: readonly string[] | undefined
  /** Undefined: pages of any origin. */
  readonly origins: readonly string[] | undefined
}

/** `scheme://host:port`, with the path of a WebSocket. */
export const addressUrl = (kind: 'tcp' | 'tls' | 'ws' | 'wss', { host, port }: Address): string => {
  const scheme = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' }[kind]
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${kind === 'ws' || kind === 'wss' ? '/mqtt' : ''}`
}

const listOf = (given: string): string[] =>
  given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Addresses and networks, such as `10.0.0.7, 10.1.0.0/16, fd00::/8`; none gives undefined. */
export function parseProxies(given: string): Result<readonly string[] | undefined> {
  for (const network of listOf(given)) {
    const [address = '', bits, more] = network.split('/')
    const version = isIP(address)
    const isRight =
      version !== 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
    if (!isRight) return refused('setting', 'give addresses or networks separated by commas, such as 10.0.0.7, 10.1.0.0/16, fd00::/8')
  }
  return accepted(listOf(given).length === 0 ? undefined : listOf(given))
}

/** Origins as browsers send them, `https://host` or `https://host:port`; none gives undefined. */
export function parseOrigins(given: string): Result<readonly string[] | undefined> {
  const origins = listOf(given)
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      return refused('setting', 'give origins separated by commas, such as https://fleet.example, without a path')
  return accepted(origins.length === 0 ? undefined : origins)
}

/** `http(s)://host` or `http(s)://host:port`, and nothing behind it; empty gives undefined. */
export function parseWebUrl(given: string): Result<string | undefined> {
  if (given === '') return accepted(undefined)
  const isRight = /^https?:\/\//.test(given) && URL.canParse(given) && new URL(given).origin === given
  return isRight
    ? accepted(given)
    : refused('setting', 'give http(s)://host or http(s)://host:port, such as https://fleet.example, without a path')
}

/** As the settings give them; empty is none. */
type Given = Pick<TransportConfig, 'mqtts' | 'ws' | 'wss' | 'proxyFrom' | 'origins'> &
  Readonly<Record<'certFile' | 'keyFile' | 'clientCaFile' | 'crlFile', string>> & {
    readonly mqtt: Address | undefined
    /** Empty when nothing is said, which means required. */
    readonly clientCertificate: string
    readonly isBridged: boolean
  }

const settingOf = {
  certFile: 'ROADSTREAM_TLS_CERT',
  keyFile: 'ROADSTREAM_TLS_KEY',
  clientCaFile: 'ROADSTREAM_TLS_CLIENT_CA',
  crlFile: 'ROADSTREAM_TLS_CLIENT_CRL',
} as const
type FileName = keyof typeof settingOf

/** Puts them together, adding what is wrong to `problems`. */
export function transportConfig(given: Given, problems: string[]): TransportConfig {
  const { mqtt, mqtts, ws, wss, certFile, keyFile, clientCaFile, crlFile, proxyFrom, origins, isBridged } = given
  const has = (name: FileName): boolean => given[name] !== ''
  const isTls = mqtts !== undefined || wss !== undefined
  if (isTls)
    for (const name of ['certFile', 'keyFile'] as const)
      if (!has(name)) problems.push(`${settingOf[name]} is needed for ROADSTREAM_MQTTS and ROADSTREAM_MQTT_WSS: give a file in PEM`)
  if (!isTls)
    for (const name of Object.keys(settingOf) as FileName[])
      if (has(name)) problems.push(`${settingOf[name]} is set, and nothing listens with TLS: give ROADSTREAM_MQTTS or ROADSTREAM_MQTT_WSS`)
  if (crlFile !== '' && clientCaFile === '')
    problems.push(`${settingOf.crlFile} needs the authority it is of: give ${settingOf.clientCaFile}`)
  // Whoever asks for certificates believes from then on that nobody comes in without one.
  if (['required', 'optional'].includes(given.clientCertificate) && clientCaFile === '')
    problems.push(`ROADSTREAM_TLS_CLIENTS is set, and no authority says which certificates are right: give ${settingOf.clientCaFile}`)
  if (isBridged)
    for (const [name, value] of [
      ['MQTTS', mqtts],
      ['MQTT_WS', ws],
      ['MQTT_WSS', wss],
      ['PROXY_FROM', proxyFrom],
    ] as const)
      if (value !== undefined)
        problems.push(`ROADSTREAM_${name} is set, and so is ROADSTREAM_BRIDGE, with which the gateway does not listen: give one of them`)
  if (origins !== undefined && ws === undefined && wss === undefined)
    problems.push('ROADSTREAM_MQTT_WS_ORIGINS is set, and nothing listens for WebSockets: give ROADSTREAM_MQTT_WS or ROADSTREAM_MQTT_WSS')
  const isMqttWrong = problems.some((problem) => problem.startsWith('ROADSTREAM_MQTT'))
  if (!isBridged && !isMqttWrong && mqtt === undefined && mqtts === undefined && ws === undefined && wss === undefined)
    problems.push('ROADSTREAM_MQTT is none, and nothing else listens for cars: give an address there or in ROADSTREAM_MQTTS')
  const tls: TlsConfig = {
    certFile,
    keyFile,
    ...(clientCaFile === '' ? {} : { clientCaFile }),
    ...(crlFile === '' ? {} : { crlFile }),
    clientCertificate: given.clientCertificate === 'optional' ? 'optional' : 'required',
  }
  return { mqtts, ws, wss, tls: isTls ? tls : undefined, proxyFrom, origins }
}
