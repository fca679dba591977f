// The production policy: a client is one vehicle, proven by its certificate or its derived
// password, and reaches its own topics only. Client id, certificate, password and topics all name
// the same vehicle, so one car can neither speak for nor throw off another.
import { randomBytes } from 'node:crypto'
import { accepted, refused } from '../../base/errors.ts'
import { downlinkChannels, uplinkStreams } from '../../model/topic.ts'
import { isVehiclePassword } from '../../model/vehicle-credential.ts'
import { parseVehicleKey } from '../../model/vehicle-id.ts'
import type { Admission } from './admission.ts'

/** Stands for the key of a tenant there is none of. */
const nobodysKey = randomBytes(32)
const noPassword = new Uint8Array()

/** `fleetKeys`: by tenant, the secret the passwords of its vehicles are derived from (see
 *  vehicle-credential.ts). Looked up at each CONNECT, so a tenant can be added or its key changed
 *  while the gateway runs. */
export function vehicleAdmission({ fleetKeys }: { readonly fleetKeys: ReadonlyMap<string, Uint8Array> }): Admission {
  const ownTopic = (id: string, topic: string, direction: 'up' | 'down', ends: readonly string[]): boolean => {
    const prefix = `v1/${id}/${direction}/`
    return topic.startsWith(prefix) && ends.includes(topic.slice(prefix.length))
  }
  return {
    authenticate({ clientId, username, password, certificate }) {
      const ref = parseVehicleKey(clientId)
      if (!ref.ok) return refused('client-id', ref.detail)
      if (username !== undefined && username !== '' && username !== clientId)
        return refused('credentials', 'The user name, when given, is the client id.')
      const fleetKey = fleetKeys.get(ref.value.tenant)
      if (certificate !== undefined && (certificate.vehicle !== clientId || fleetKey === undefined))
        return refused('certificate', 'The certificate does not name this vehicle.')
      // A certificate is proof enough; a password beside it must be right all the same.
      const isPasswordNeeded = certificate === undefined || (password !== undefined && password.byteLength > 0)
      // One answer for an unknown tenant and a wrong password, after the same time: who is a
      // customer is nobody's business.
      if (
        isPasswordNeeded &&
        !(isVehiclePassword(fleetKey ?? nobodysKey, ref.value, password ?? noPassword) && fleetKey !== undefined)
      )
        return refused('credentials', 'The password is not the one of this vehicle.')
      return accepted({ id: clientId, tenant: ref.value.tenant })
    },
    mayPublish: ({ id }, topic) => ownTopic(id, topic, 'up', uplinkStreams),
    mayWill: ({ id }, topic) => ownTopic(id, topic, 'up', ['session', 'event']),
    mayRetain: () => false,
    maySubscribe: ({ id }, filter) => ownTopic(id, filter, 'down', ['#', ...downlinkChannels]),
  }
}
