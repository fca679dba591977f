// The broker of the bridge: whether it takes connections, and by TLS shows a certificate that is
// accepted. MQTT is not spoken: a second client under our id would throw the one that runs out, and
// brokers that make the id of the user's name leave no other one.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { findingsOf, type Examination, type Finding } from '../base/finding.ts'
import { bridgeServer } from '../compose/bridge-server.ts'
import { brokerUrlText, type BridgeConfig } from '../config/bridge.ts'
import type { Config } from '../config/config.ts'

const answerMsMax = 5_000
const { ok, problem } = findingsOf('broker')

/** None where cars connect to our own gateway. */
export const brokerExamination = ({ bridge }: Config): readonly Examination[] =>
  bridge === undefined ? [] : [{ name: 'broker', look: async () => [await brokerFinding(bridge)] }]

async function brokerFinding(bridge: BridgeConfig): Promise<Finding> {
  const { host, port, tls } = bridgeServer(bridge)
  const place = `${brokerUrlText(bridge.url)} (ROADSTREAM_BRIDGE)`
  const signal = AbortSignal.timeout(answerMsMax)
  const socket: Socket | TLSSocket =
    tls === undefined
      ? connect({ host, port })
      : connectTls({ host, port, secureContext: tls.context, servername: tls.servername ?? nameOf(host) })
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal })
    return ok(`${place} takes connections${'getProtocol' in socket ? `, by ${socket.getProtocol() ?? 'TLS'}` : ''}`)
  } catch (error) {
    return problem(...faultOf(place, error as NodeJS.ErrnoException, signal.aborted))
  } finally {
    socket.destroy()
  }
}

/** Addresses are no names of a server. */
const nameOf = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host)

/** No authority that is named mends these. */
const untimely: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
])

function faultOf(place: string, { code, message }: NodeJS.ErrnoException, isLate: boolean): [string, string] {
  if (isLate)
    return [
      `${place} does not answer within ${answerMsMax / 1000} s`,
      'see whether it runs, and whether a firewall drops what is sent there',
    ]
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
