// The publisher's own id of a vehicle, by what a mapping says of it.
import type { Fields, Told } from './fields.ts'
import type { VehicleName } from './message-mapping.ts'
import { openTemplate } from './template.ts'

/** Undefined while nothing tells it, empty where it is told that there is none. `isRemembered`:
 *  whether it counts until it is told anew. */
export function openVehicleName(
  names: readonly VehicleName[],
  fields: Fields,
  isRemembered: boolean,
): (told: Told) => string | undefined {
  const access = (ref: string): ((told: Told) => unknown) => {
    const place = isRemembered ? fields.remember(ref) : fields.place(ref)
    return ({ now, kept }) => now[place] ?? kept[place]
  }
  const readers = names.map((name) =>
    typeof name === 'string' ? openTemplate(name, access) : openAfter(name.after, access(name.field)),
  )
  return (told) => {
    let id: string | undefined
    for (const read of readers) {
      id = read(told)
      if (id !== undefined && id !== '') break
    }
    return id
  }
}

const openAfter =
  (after: string, field: (told: Told) => unknown) =>
  (told: Told): string | undefined => {
    const raw = field(told)
    return typeof raw === 'string' && raw.startsWith(after) ? raw.slice(after.length).trim() : undefined
  }
