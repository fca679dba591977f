// The broker of the bridge: whether it takes connections, by TLS shows a certificate that is
// accepted, lets the bridge in and grants what it subscribes to. It is asked under a client id
// beside the bridge's, and for a group beside the bridge's, so that neither a connection nor a
// message is taken from the bridge; and not at all where a certificate may make the client id.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { findingsOf, type Examination, type Finding } from '../base/finding.ts'
import { askBroker, type BrokerAnswer, type BrokerQuestion } from '../bridge/ask-broker.ts'
import { bridgeFilters } from '../bridge/bridge-filters.ts'
import { bridgeServer, derivedClientId } from '../compose/bridge-server.ts'
import { openTranslations } from '../compose/publishers.ts'
import { brokerUrlText, type BridgeConfig } from '../config/bridge.ts'
import type { Config } from '../config/config.ts'
import { openSecrets } from '../config/secrets.ts'

const answerMsMax = 5_000
const { ok, problem, unknown } = findingsOf('broker')

/** None where cars connect to our own gateway. */
export const brokerExamination = (config: Config): readonly Examination[] => {
  const { bridge } = config
  return bridge === undefined ? [] : [{ name: 'broker', look: async () => [await brokerFinding(config, bridge)] }]
}

async function brokerFinding(config: Config, bridge: BridgeConfig): Promise<Finding> {
  const { host, port, tls } = bridgeServer(bridge)
  const question = await questionOf(config, bridge)
  const place = `${brokerUrlText(bridge.url)} (ROADSTREAM_BRIDGE)`
  const signal = AbortSignal.timeout(answerMsMax)
  const socket: Socket | TLSSocket =
    tls === undefined
      ? connect({ host, port })
      : connectTls({ host, port, secureContext: tls.context, servername: tls.servername ?? nameOf(host) })
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal })
    const takes = `${place} takes connections${'getProtocol' in socket ? `, by ${socket.getProtocol() ?? 'TLS'}` : ''}`
    if (bridge.certFile !== undefined)
      return ok(
        `${takes}; whether it lets the bridge in is not asked: a broker may make the client id of our certificate, and would end the connection of the bridge`,
      )
    const answer = await askBroker(socket, question, signal)
    return answer === undefined ? problem(...lateFault(place)) : answerFinding(takes, place, question, answer)
  } catch (error) {
    return problem(...(signal.aborted ? lateFault(place) : faultOf(place, error as NodeJS.ErrnoException)))
  } finally {
    socket.destroy()
  }
}

/** The client id of the bridge is that which it has already, since nothing is made here. */
async function questionOf(config: Config, bridge: BridgeConfig): Promise<BrokerQuestion> {
  const { tenant, dataDir } = config
  const secrets = openSecrets(dataDir)
  const derived = secrets.hasFleetKey(tenant) ? derivedClientId(secrets.fleetKey(tenant)) : 'roadstream'
  const group = bridge.group === '' ? '' : `${bridge.group}-doctor`
  const filters = bridgeFilters({ group, tenants: [tenant], publishers: await openTranslations(config) })
  return {
    user: bridge.user,
    password: bridge.password,
    clientId: `${bridge.clientId ?? derived}-doctor`,
    filters: filters.map(({ filter }) => filter),
  }
}

function answerFinding(
  takes: string,
  place: string,
  { user, clientId, filters }: BrokerQuestion,
  answer: BrokerAnswer,
): Finding {
  const letsIn = `${takes} and lets ${user === undefined ? 'us in without a user' : `${user} in`}`
  if (answer === 'granted') return ok(`${letsIn}; it grants ${filters.join(', ')}`)
  if (answer === 'in-session')
    return ok(
      `${letsIn}; whether it grants the topics is not asked: under ${clientId} it has a session already, which may be that of the bridge where client ids are made of user names`,
    )
  if (answer.reason === 'version')
    return unknown(`${takes}: it does not speak MQTT 5, by which alone it is asked whether it lets the bridge in`)
  if (answer.reason === 'client-id')
    return unknown(`${takes}: it does not take the client id ${clientId}, by which alone it is asked further`)
  return problem(`${place}, asked as ${clientId}: ${answer.remedy}`)
}

/** Addresses are no names of a server. */
const nameOf = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host)

/** No authority that is named mends these. */
const untimely: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
])

const lateFault = (place: string): [string, string] => [
  `${place} does not answer within ${answerMsMax / 1000} s`,
  'see whether it runs, and whether a firewall drops what is sent there',
]

function faultOf(place: string, { code, message }: NodeJS.ErrnoException): [string, string] {
  const fault = untimely.get(code ?? '')
  if (fault !== undefined)
    return [
      `${place} shows a certificate that ${fault} (${code})`,
      'renew it on that broker, or set the clock of this machine right',
    ]
  if (/^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code ?? ''))
    return [
      `${place} shows a certificate that is not accepted (${code})`,
      'name its authority in ROADSTREAM_BRIDGE_CA, and in ROADSTREAM_BRIDGE_SERVERNAME the name that stands in the certificate',
    ]
  return [`${place} cannot be reached (${code ?? message})`, 'start that broker, or name the one that runs']
}
