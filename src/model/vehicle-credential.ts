// How a car proves who it is without a database look-up: its password is derived from its tenant's
// fleet key, which the gateway holds. (The scheme of group enrolment keys: a device key =
// HMAC-SHA256 of the device's name under the group's key.)
import { createHmac, timingSafeEqual } from 'node:crypto'
import { vehicleKey, type VehicleRef } from './vehicle-id.ts'

/** The MQTT password of a vehicle: base64url of HMAC-SHA256(fleetKey, "tenant/vehicle"), 43
 *  characters. `fleetKey` is the tenant's secret, at least 32 random bytes; the car is given only
 *  its own password. */
export const vehiclePassword = (fleetKey: Uint8Array, ref: VehicleRef): string =>
  createHmac('sha256', fleetKey).update(vehicleKey(ref)).digest('base64url')

/** Whether the password is this vehicle's, in constant time. */
export function isVehiclePassword(fleetKey: Uint8Array, ref: VehicleRef, password: Uint8Array): boolean {
  const wanted = Buffer.from(vehiclePassword(fleetKey, ref))
  return password.byteLength === wanted.byteLength && timingSafeEqual(wanted, password)
}
