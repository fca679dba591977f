// The settings of the bridge: another broker whose cars are served instead of listening for cars.
import { brokerUrlOf, type BrokerUrl } from '../base/broker-url.ts'
import { accepted, refused, type Result } from '../base/errors.ts'
import { addressText, file, secretUrl, text, whole, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

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
export const brokerUrlText = ({ isTls, ...address }: BrokerUrl): string =>
  `${isTls ? 'mqtts' : 'mqtt'}://${addressText(address)}`

const urlRemedy = 'give mqtt://host:port or mqtts://host:port (without a port: 1883, with TLS 8883)'

/** Parses the URL of a broker. A text that is refused is not repeated: it may hold a password. */
function parseBrokerUrl(given: string): Result<BrokerUrl> {
  const url = URL.parse(given)
  const broker = brokerUrlOf(url)
  if (url === null || broker === undefined) return refused('setting', urlRemedy)
  if (url.username !== '' || url.password !== '')
    return refused(
      'setting',
      'name the user in ROADSTREAM_BRIDGE_USER and the password in ROADSTREAM_BRIDGE_PASSWORD, not in the URL',
    )
  if (/[^/]/.test(url.pathname) || url.search !== '' || url.hash !== '' || url.port === '0')
    return refused('setting', urlRemedy)
  return accepted(broker)
}

export const bridgeSettings = {
  url: secretUrl(
    'ROADSTREAM_BRIDGE',
    'another broker whose cars we serve, mqtt(s)://host:port, instead of listening for cars ourselves',
    parseBrokerUrl,
  ),
  user: text('ROADSTREAM_BRIDGE_USER', '', 'user name at that broker', /^/, 'give a name'),
  password: {
    ...text('ROADSTREAM_BRIDGE_PASSWORD', '', 'password of that user', /^/, 'give a password'),
    isSecret: true,
  },
  group: text(
    'ROADSTREAM_BRIDGE_GROUP',
    'roadstream',
    'share group at that broker; empty for brokers without shared subscriptions',
    /^[^/+#\s]{0,128}$/,
    'give a name without "/", "+", "#" and blanks',
  ),
  clientId: text(
    'ROADSTREAM_BRIDGE_CLIENT_ID',
    '',
    'client id at that broker, fixed for each instance; derived from the fleet key when empty',
    /^[A-Za-z0-9._:-]{0,120}$/,
    'give up to 120 letters, digits, ".", "_", ":" or "-"',
  ),
  connections: whole(
    'ROADSTREAM_BRIDGE_CONNECTIONS',
    '1',
    "parallel subscribers; with more than one a car's messages may change places",
    1,
    16,
  ),
  caFile: file(
    'ROADSTREAM_BRIDGE_CA',
    'file with the certificate authority of that broker (PEM), when it is not a public one',
  ),
  certFile: file('ROADSTREAM_BRIDGE_CERT', 'file with our certificate for that broker (PEM)'),
  keyFile: file('ROADSTREAM_BRIDGE_KEY', 'file with its private key (PEM)'),
  servername: text(
    'ROADSTREAM_BRIDGE_SERVERNAME',
    '',
    "name in that broker's certificate, when it is not the host",
    /^[A-Za-z0-9.-]*$/,
    'give a host name',
  ),
} satisfies Record<keyof BridgeConfig, Setting<unknown>>

const ofTls = ['caFile', 'certFile', 'keyFile', 'servername'] as const
const optional = ['user', 'password', 'clientId', ...ofTls] as const

/** Undefined without a URL, also where it is wrong. */
export function bridgeConfig({ takeAll, isWrong, isSet, problems }: SettingsReader): BridgeConfig | undefined {
  const { url, group, connections, ...texts } = takeAll(bridgeSettings)
  const has = (key: (typeof optional)[number]): boolean => texts[key] !== '' || isWrong(bridgeSettings[key])
  const nameOf = (key: keyof typeof bridgeSettings): string => bridgeSettings[key].name
  if (url === undefined) {
    for (const key of optional)
      if (!isSet(bridgeSettings.url) && has(key))
        problems.push(`${nameOf(key)} is set, and ${nameOf('url')} is not: name the broker there`)
    return undefined
  }
  if (!url.isTls)
    for (const key of ofTls)
      if (has(key)) problems.push(`${nameOf(key)} goes with TLS: let ${nameOf('url')} begin with mqtts://`)
  if (has('certFile') !== has('keyFile'))
    problems.push(`${nameOf('certFile')} and ${nameOf('keyFile')} go together: give both`)
  if (has('password') && !has('user')) problems.push(`${nameOf('password')} needs a user: give ${nameOf('user')}`)
  if (group === '' && connections > 1)
    problems.push(
      `${nameOf('connections')} is more than 1 without a group, so each message would come to each: give ${nameOf('group')}`,
    )
  const textOf = (key: (typeof optional)[number]): string | undefined => (texts[key] === '' ? undefined : texts[key])
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
