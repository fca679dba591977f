// Assignments of vehicles to people. Invariant: at each instant a vehicle is one person's at most,
// so that what it did is one driver's; a person may have several vehicles.
import type { VehicleAssignment } from '../model/registry.ts'

/** The reason why it cannot stand beside the others of the tenant, and the remedy; undefined: it
 *  can. */
export function assignmentFault(
  assignment: VehicleAssignment,
  others: readonly VehicleAssignment[],
): string | undefined {
  const { id, vehicle, from, until } = assignment
  if (until !== null && until <= from) return 'It ends before it begins: give an "until" after "from".'
  const same = others.find((other) => other.id === id)
  if (same !== undefined && same.vehicle !== vehicle)
    return 'An assignment of another vehicle has that id: choose another id.'
  const overlapping = others.find(
    (other) =>
      other.id !== id &&
      other.vehicle === vehicle &&
      other.from < (until ?? Infinity) &&
      from < (other.until ?? Infinity),
  )
  return overlapping === undefined
    ? undefined
    : `Within that time the vehicle is assigned already, by ${overlapping.id}: end that one first, or choose another time.`
}
