// The address that cars of this installation connect to. Apart from the settings as a whole, which
// load the language of mappings to read theirs.
import { brokerUrlText, type BridgeConfig } from './bridge.ts'
import { addressUrl, type TransportConfig } from './transport.ts'

type CarsPlaces = { readonly bridge: BridgeConfig | undefined; readonly transports: TransportConfig }

/** Where cars connect: to the broker we bridge from, or to us, without TLS where that is
 *  possible. */
export function carsUrl({ bridge, transports: { mqtt, mqtts, ws, wss } }: CarsPlaces): string {
  if (bridge !== undefined) return brokerUrlText(bridge.url)
  for (const [kind, address] of [
    ['tcp', mqtt],
    ['tls', mqtts],
    ['wss', wss],
    ['ws', ws],
  ] as const)
    if (address !== undefined) return addressUrl(kind, address)
  throw new Error('There is an address, or the settings were refused.')
}
