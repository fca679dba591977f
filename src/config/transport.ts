// The settings of where cars connect: addresses, TLS, and the proxies in front.
import { accepted, refused, type Result } from '../base/errors.ts'
import { bridgeSettings } from './bridge.ts'
import { separated, networks } from './networks.ts'
import { addressText, file, optionalAddress, text, type Address } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

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
  /** Plain MQTT; undefined: none. */
  readonly mqtt: Address | undefined
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
export const addressUrl = (kind: 'tcp' | 'tls' | 'ws' | 'wss', address: Address): string => {
  const scheme = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' }[kind]
  return `${scheme}://${addressText(address)}${kind === 'ws' || kind === 'wss' ? '/mqtt' : ''}`
}

/** Origins as browsers send them, `https://host` or `https://host:port`; none gives undefined. */
function parseOrigins(given: string): Result<readonly string[] | undefined> {
  const origins = separated(given)
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      return refused('setting', 'give origins separated by commas, such as https://fleet.example, without a path')
  return accepted(origins.length === 0 ? undefined : origins)
}

export const transportSettings = {
  mqtt: optionalAddress('ROADSTREAM_MQTT', '127.0.0.1:1883', 'where cars connect without TLS, or none'),
  mqtts: optionalAddress('ROADSTREAM_MQTTS', '', 'where cars connect with TLS, such as 0.0.0.0:8883'),
  ws: optionalAddress('ROADSTREAM_MQTT_WS', '', 'where clients connect by WebSocket, path /mqtt'),
  wss: optionalAddress('ROADSTREAM_MQTT_WSS', '', 'the same with TLS'),
  origins: {
    name: 'ROADSTREAM_MQTT_WS_ORIGINS',
    fallback: '',
    about: 'origins of the pages that may connect by WebSocket, comma-separated; without it all may',
    parse: parseOrigins,
  },
  certFile: file('ROADSTREAM_TLS_CERT', 'file with the certificate of the gateway and those that signed it (PEM)'),
  keyFile: file('ROADSTREAM_TLS_KEY', 'file with its private key (PEM)'),
  clientCaFile: file('ROADSTREAM_TLS_CLIENT_CA', 'file with the authorities that sign certificates of cars (PEM)'),
  crlFile: file('ROADSTREAM_TLS_CLIENT_CRL', 'file with the certificates those authorities have revoked (PEM)'),
  clientCertificate: text(
    'ROADSTREAM_TLS_CLIENTS',
    '',
    'whether a car needs a certificate when there is a client CA: required, as without this setting, or optional',
    /^(required|optional|)$/,
    'give required or optional',
  ),
  proxyFrom: networks(
    'ROADSTREAM_PROXY_FROM',
    'proxies that send a PROXY header (version 2) before MQTT, comma-separated; then nobody else may connect',
  ),
}

const tlsFiles = ['certFile', 'keyFile', 'clientCaFile', 'crlFile'] as const
const places = ['mqtt', 'mqtts', 'ws', 'wss'] as const

export function transportConfig(reader: SettingsReader): TransportConfig {
  const given = reader.takeAll(transportSettings)
  const { mqtt, mqtts, ws, wss, proxyFrom, origins } = given
  const isBridged = reader.isSet(bridgeSettings.url)
  const { problems } = reader
  noteTls(reader)
  if (isBridged) noteBridged(reader)
  if (origins !== undefined && ws === undefined && wss === undefined)
    problems.push(
      'ROADSTREAM_MQTT_WS_ORIGINS is set, and nothing listens for WebSockets: give ROADSTREAM_MQTT_WS or ROADSTREAM_MQTT_WSS',
    )
  const isMqttWrong = problems.some((problem) => problem.startsWith(transportSettings.mqtt.name))
  if (!isBridged && !isMqttWrong && places.every((place) => given[place] === undefined))
    problems.push(
      'ROADSTREAM_MQTT is none, and nothing else listens for cars: give an address there or in ROADSTREAM_MQTTS',
    )
  return {
    mqtt,
    mqtts,
    ws,
    wss,
    tls: mqtts === undefined && wss === undefined ? undefined : tlsConfig(reader),
    proxyFrom,
    origins,
  }
}

function tlsConfig({ takeAll }: SettingsReader): TlsConfig {
  const { certFile, keyFile, clientCaFile, crlFile, clientCertificate } = takeAll(transportSettings)
  return {
    certFile,
    keyFile,
    ...(clientCaFile === '' ? {} : { clientCaFile }),
    ...(crlFile === '' ? {} : { crlFile }),
    clientCertificate: clientCertificate === 'optional' ? 'optional' : 'required',
  }
}

function noteTls({ takeAll, problems }: SettingsReader): void {
  const given = takeAll(transportSettings)
  const isTls = given.mqtts !== undefined || given.wss !== undefined
  const nameOf = (key: (typeof tlsFiles)[number]): string => transportSettings[key].name
  if (isTls) {
    for (const key of ['certFile', 'keyFile'] as const)
      if (given[key] === '')
        problems.push(`${nameOf(key)} is needed for ROADSTREAM_MQTTS and ROADSTREAM_MQTT_WSS: give a file in PEM`)
  } else {
    for (const key of tlsFiles)
      if (given[key] !== '')
        problems.push(
          `${nameOf(key)} is set, and nothing listens with TLS: give ROADSTREAM_MQTTS or ROADSTREAM_MQTT_WSS`,
        )
  }
  if (given.crlFile !== '' && given.clientCaFile === '')
    problems.push(`${nameOf('crlFile')} needs the authority it is of: give ${nameOf('clientCaFile')}`)
  // An operator who asks for certificates believes from then on that nobody comes in without one.
  if (given.clientCertificate !== '' && given.clientCaFile === '')
    problems.push(
      `ROADSTREAM_TLS_CLIENTS is set, and no authority says which certificates are right: give ${nameOf('clientCaFile')}`,
    )
}

function noteBridged({ take, problems }: SettingsReader): void {
  const { mqtts, ws, wss, proxyFrom } = transportSettings
  for (const setting of [mqtts, ws, wss, proxyFrom])
    if (take<unknown>(setting) !== undefined)
      problems.push(
        `${setting.name} is set, and so is ROADSTREAM_BRIDGE, with which the gateway does not listen: give one of them`,
      )
}
