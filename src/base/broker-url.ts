import { hostOf } from './host-text.ts'

/** Where an MQTT server is. */
export type BrokerUrl = { readonly isTls: boolean; readonly host: string; readonly port: number }

/** The server that `mqtt://host:port` or `mqtts://host:port` names; without a port it is 1883, with
 *  TLS 8883. Undefined where it names none. Users, paths and the like are not looked at. */
export function brokerUrlOf(url: URL | null): BrokerUrl | undefined {
  if (url === null || (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:') || url.hostname === '') return undefined
  const isTls = url.protocol === 'mqtts:'
  return { isTls, host: hostOf(url.hostname), port: url.port === '' ? (isTls ? 8883 : 1883) : Number(url.port) }
}
