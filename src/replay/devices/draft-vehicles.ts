// Drafts of the tables by which devices of Traccar become vehicles here, for an operator to put
// right. Invariant: a kind is given only where the word that Traccar has for it says one, and no id
// is made of what looks like a VIN.
import type { VehicleKind } from '../../model/vehicle-kind.ts'
import type { Device } from './read-devices.ts'

/** The icons of Traccar's map (`deviceCategories` of traccar-web, August 2026) that are one kind by
 *  R.E.3. Left out: what is no vehicle (person, animal, boat …), and words for several kinds: a
 *  camper, a pickup, a crane, a bicycle, a scooter, and a tractor, which in some countries draws
 *  semi-trailers. */
const kinds: ReadonlyMap<string, VehicleKind> = new Map([
  ['car', 'car'],
  ['van', 'van'],
  ['truck', 'truck'],
  ['bus', 'bus'],
  ['motorcycle', 'two-wheeler'],
  ['trailer', 'trailer'],
])

export type Drafts = {
  /** For `--vehicles`: by row number. */
  readonly table: Readonly<Record<string, string>>
  /** For ROADSTREAM_VEHICLES. */
  readonly vehicles: readonly { readonly vehicle: string; readonly kind: VehicleKind }[]
  /** For ROADSTREAM_SENDERS: by what the tracker calls itself. */
  readonly senders: Readonly<Record<string, string>>
  /** Things to put right, each a text. */
  readonly checks: readonly string[]
}

export function draftVehicles(devices: readonly Device[]): Drafts {
  const taken = new Set<string>()
  const named = devices.map((device) => ({ ...device, vehicle: idOf(device, taken) }))
  const unkind = Map.groupBy(
    named.filter(({ category }) => !kinds.has(category)),
    ({ category }) => category,
  )
  const alike = Map.groupBy(named, ({ vehicle }) => vehicle.toLowerCase())
  return {
    table: Object.fromEntries(named.map(({ id, vehicle }) => [id, vehicle])),
    vehicles: named.flatMap(({ vehicle, category }) => {
      const kind = kinds.get(category)
      return kind === undefined ? [] : [{ vehicle, kind }]
    }),
    senders: Object.fromEntries(named.map(({ uniqueId, vehicle }) => [uniqueId, vehicle])),
    checks: [
      'ids are made of names. They are seen in addresses and logs: take out number plates and names of people',
      ...named
        .filter(({ name, vehicle }) => name !== vehicle)
        .map(({ id, name, vehicle }) => `device ${id}, "${name}", is ${vehicle}`),
      ...[...alike.values()]
        .filter((of) => of.length > 1)
        .map(
          (of) =>
            `${of.map(({ vehicle }) => vehicle).join(' and ')} differ by capital letters alone, and are different vehicles`,
        ),
      ...[...unkind].map(
        ([category, of]) =>
          `${category === '' ? 'no category' : `"${category}"`} says no kind: ${of.map(({ vehicle }) => vehicle).join(', ')}. Add those that have one`,
      ),
    ],
  }
}

/** As long as an id may be, less what is put behind it. */
const nameCharsMax = 40
/** ISO 3779: 17 letters and digits without I, O and Q. */
const vin = /^(VIN)?[A-HJ-NPR-Z0-9]{17}$/i
const vinCharsMax = 20

/** Also one that is written in groups, and with other words around it. */
function holdsVin(text: string): boolean {
  const groups = text.split(/[^A-Za-z0-9]+/)
  return groups.some((_, from) => {
    let joined = ''
    for (const group of groups.slice(from, from + vinCharsMax)) {
      joined += group
      if (joined.length > vinCharsMax) return false
      if (vin.test(joined)) return true
    }
    return false
  })
}

/** The name in the letters that an id may have, and the row number behind it where another device
 *  has it already. */
function idOf({ id, name, uniqueId }: Device, taken: Set<string>): string {
  const latin = name.normalize('NFKD').replaceAll(/\p{M}/gu, '')
  const plain = latin
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, nameCharsMax)
  const isUsable = plain !== '' && !holdsVin(latin) && !name.includes(uniqueId)
  const own = isUsable && !taken.has(plain) ? plain : `${isUsable ? plain : 'device'}-${id}`
  let vehicle = own
  for (let more = 2; taken.has(vehicle); more++) vehicle = `${own}.${more}`
  taken.add(vehicle)
  return vehicle
}
