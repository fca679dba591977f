// Who a car is on the wire, in the log and in every table: `tenant/vehicle`. The vehicle id is a
// pseudonym; never the VIN.
import { accepted, refused, type Result } from '../base/errors.ts'

export type VehicleRef = { readonly tenant: string; readonly vehicle: string }

/** Both parts are one MQTT topic level without wildcards, so a client id `tenant/vehicle` is also a
 *  topic prefix. */
const part = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** `tenant/vehicle`: the log key, the MQTT client id and the row key. */
export const vehicleKey = (ref: VehicleRef): string => `${ref.tenant}/${ref.vehicle}`

/** Parses `tenant/vehicle`: two parts of 1 to 63 letters, digits, `.`, `_` or `-`, starting with a
 *  letter or digit. */
export function parseVehicleKey(key: string): Result<VehicleRef, 'vehicle-id'> {
  const parts = key.split('/')
  const [tenant, vehicle] = parts
  if (parts.length !== 2 || tenant === undefined || vehicle === undefined || !part.test(tenant) || !part.test(vehicle))
    return refused(
      'vehicle-id',
      'A vehicle is named tenant/vehicle, each 1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit.',
    )
  return accepted({ tenant, vehicle })
}
