// Entries of an embedded gateway as they are where each delivery has its message, as a move carries
// them. Entries of no session are left out, as a start leaves them out.
import type { GatewayStore } from '../gateway-store.ts'
import {
  bodyKey,
  deliveryPrefix,
  ownerEnd,
  readPlace,
  receivedPrefix,
  retainedPrefix,
  sessionPrefix,
} from './session-journal.ts'
import { decodeDelivery, decodeMessage, encodeDelivery } from './session-record.ts'

/** Instants stay the log's: both clocks are one. */
const unmoved = { now: () => 0 }
const clocks = { clock: unmoved, logClock: unmoved }

/** In UTF-8 byte order of the keys. `unreadable` is told the key of each delivery whose message
 *  cannot be read or is not there, which is left out. */
export function* withoutBodies(
  store: Pick<GatewayStore, 'get' | 'entries'>,
  unreadable: (key: string) => void,
): Iterable<readonly [key: string, value: Uint8Array]> {
  const isOwned = ownerCheck(store)
  yield* store.entries(retainedPrefix)
  for (const entry of store.entries(deliveryPrefix)) {
    if (!isOwned(entry[0])) continue
    const whole = withMessage(store, entry)
    if (whole === undefined) unreadable(entry[0])
    else yield whole
  }
  for (const entry of store.entries(receivedPrefix)) if (isOwned(entry[0])) yield entry
  yield* store.entries(sessionPrefix)
}

/** Whether the session of an entry is there; those of one are side by side. */
function ownerCheck(store: Pick<GatewayStore, 'get'>): (key: string) => boolean {
  let last: string | undefined
  let isThere = false
  return (key) => {
    const end = key.indexOf(ownerEnd)
    const client = key.slice(deliveryPrefix.length, end)
    if (client !== last) isThere = end > 0 && store.get(sessionPrefix + client) !== undefined
    last = client
    return isThere
  }
}

function withMessage(
  store: Pick<GatewayStore, 'get'>,
  [key, value]: readonly [string, Uint8Array],
): readonly [string, Uint8Array] | undefined {
  const place = readPlace(key.slice(key.indexOf(ownerEnd) + 1))
  if (place.body === undefined) return [key, value]
  const message = store.get(bodyKey(place.body))
  if (message === undefined) return undefined
  try {
    const messageOf = () => decodeMessage(message, clocks)
    const delivery = decodeDelivery(place, value, { ...clocks, messageOf }, 'perhaps')
    const own = encodeDelivery({ ...delivery, body: undefined }, clocks)
    return [key.slice(0, key.lastIndexOf(ownerEnd)), own]
  } catch (error) {
    // Of bytes that are none, as at a start.
    if (error instanceof TypeError || error instanceof SyntaxError) return undefined
    throw error
  }
}
