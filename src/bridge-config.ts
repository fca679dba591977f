// The settings of the bridge taken together: what another broker needs, and what contradicts itself. Plain data, like Config.
import { accepted, refused, type Result } from './base/errors.ts'
import { text, whole, type Setting } from './setting.ts'

/** Where another broker is. */
export type BrokerUrl = { readonly isTls: boolean; readonly host: string; readonly port: number }

/** With it the gateway role does not listen: it takes what cars publish from another broker. */
export type BridgeConfig = {
  readonly url: BrokerUrl
  readonly user: string | undefined
  readonly password: string | undefined
  /** Empty: a plain subscription. */
  readonly group: string
  /** Undefined: one derived from this installation's fleet key. */
  readonly clientId: string | undefined
  readonly connections: number
  /** Files in PEM. */
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly servername: string | undefined
}

/** `mqtt://host:port` as it is shown; never with a user or a password. */
export const brokerUrlText = ({ isTls, host, port }: BrokerUrl): string =>
  `${isTls ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${port}`

const urlRemedy = 'give mqtt://host:port or mqtts://host:port (without a port: 1883, with TLS 8883)'

/** Parses the URL of a broker. What is refused is not repeated: it may hold a password. */
function parseBrokerUrl(given: string): Result<BrokerUrl> {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:') || url.hostname === '')
    return refused('setting', urlRemedy)
  if (url.username !== '' || url.password !== '')
    return refused('setting', 'name the user in ROADSTREAM_BRIDGE_USER and the password in ROADSTREAM_BRIDGE_PASSWORD, not in the URL')
  if (/[^/]/.test(url.pathname) || url.search !== '' || url.hash !== '' || url.port === '0') return refused('setting', urlRemedy)
  const isTls = url.protocol === 'mqtts:'
  return accepted({ isTls, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? (isTls ? 8883 : 1883) : Number(url.port) })
}

const brokerUrl = (name: string, about: string): Setting<BrokerUrl | undefined> => ({
  name,
  fallback: '',
  about,
  isSecret: true,
  parse: (given) => (given === '' ? accepted(undefined) : parseBrokerUrl(given)),
})

export const bridgeSettings = {
  bridge: brokerUrl(
    'ROADSTREAM_BRIDGE',
    'another broker whose cars we serve, mqtt(s)://host:port, instead of listening for cars ourselves',
  ),
  bridgeUser: text('ROADSTREAM_BRIDGE_USER', '', 'user name at that broker', /^/, 'give a name'),
  bridgePassword: { ...text('ROADSTREAM_BRIDGE_PASSWORD', '', 'password of that user', /^/, 'give a password'), isSecret: true },
  bridgeGroup: text(
    'ROADSTREAM_BRIDGE_GROUP',
    'roadstream',
    'share group at that broker; empty for brokers without shared subscriptions',
    /^[^/+#\s]{0,128}$/,
    'give a name without "/", "+", "#" and blanks',
  ),
  bridgeClientId: text(
    'ROADSTREAM_BRIDGE_CLIENT_ID',
    '',
    'client id at that broker, fixed for each instance; derived from the fleet key when empty',
    /^[A-Za-z0-9._:-]{0,120}$/,
    'give up to 120 letters, digits, ".", "_", ":" or "-"',
  ),
  bridgeConnections: whole(
    'ROADSTREAM_BRIDGE_CONNECTIONS',
    '1',
    "parallel subscribers; with more than one a car's messages may change places",
    1,
    16,
  ),
  bridgeCa: text(
    'ROADSTREAM_BRIDGE_CA',
    '',
    'file with the certificate authority of that broker (PEM), when it is not a public one',
    /^/,
    'give a file',
  ),
  bridgeCert: text('ROADSTREAM_BRIDGE_CERT', '', 'file with our certificate for that broker (PEM)', /^/, 'give a file'),
  bridgeKey: text('ROADSTREAM_BRIDGE_KEY', '', 'file with its private key (PEM)', /^/, 'give a file'),
  bridgeServername: text(
    'ROADSTREAM_BRIDGE_SERVERNAME',
    '',
    "name in that broker's certificate, when it is not the host",
    /^[A-Za-z0-9.-]*$/,
    'give a host name',
  ),
} satisfies Record<string, Setting<unknown>>

/** As the settings give them; empty is none. */
type Given = Readonly<Record<'user' | 'password' | 'clientId' | 'caFile' | 'certFile' | 'keyFile' | 'servername', string>> & {
  readonly url: BrokerUrl | undefined
  /** Also where the URL that is given is wrong. */
  readonly isBridged: boolean
  readonly group: string
  readonly connections: number
}

const settingOf = {
  user: 'ROADSTREAM_BRIDGE_USER',
  password: 'ROADSTREAM_BRIDGE_PASSWORD',
  clientId: 'ROADSTREAM_BRIDGE_CLIENT_ID',
  caFile: 'ROADSTREAM_BRIDGE_CA',
  certFile: 'ROADSTREAM_BRIDGE_CERT',
  keyFile: 'ROADSTREAM_BRIDGE_KEY',
  servername: 'ROADSTREAM_BRIDGE_SERVERNAME',
} as const
const ofTls = ['caFile', 'certFile', 'keyFile', 'servername'] as const

/** Puts them together, adding what is wrong to `problems`; undefined without a URL. */
export function bridgeConfig(given: Given, problems: string[]): BridgeConfig | undefined {
  const { url, group, connections } = given
  const has = (name: keyof typeof settingOf): boolean => given[name] !== ''
  if (url === undefined) {
    for (const name of Object.keys(settingOf) as (keyof typeof settingOf)[])
      if (!given.isBridged && has(name)) problems.push(`${settingOf[name]} is set, and ROADSTREAM_BRIDGE is not: name the broker there`)
    return undefined
  }
  if (!url.isTls)
    for (const name of ofTls) if (has(name)) problems.push(`${settingOf[name]} goes with TLS: let ROADSTREAM_BRIDGE begin with mqtts://`)
  if (has('certFile') !== has('keyFile')) problems.push(`${settingOf.certFile} and ${settingOf.keyFile} go together: give both`)
  if (has('password') && !has('user')) problems.push(`${settingOf.password} needs a user: give ${settingOf.user}`)
  if (group === '' && connections > 1)
    problems.push(
      'ROADSTREAM_BRIDGE_CONNECTIONS is more than 1 without a group, so each message would come to each: give ROADSTREAM_BRIDGE_GROUP',
    )
  const textOf = (name: keyof typeof settingOf): string | undefined => (has(name) ? given[name] : undefined)
  return {
    url,
    user: textOf('user'),
    password: textOf('password'),
    group,
    clientId: textOf('clientId'),
    connections,
    caFile: textOf('caFile'),
    certFile: textOf('certFile'),
    keyFile: textOf('keyFile'),
    servername: textOf('servername'),
  }
}
