// The mappings that come with Roadstream, in the order the help lists them.
import { accepted, refused, type Result } from '../base/errors.ts'
import type { Mapping } from './mapping.ts'
import { bevBmwI3 } from './mappings/bev-bmw-i3.ts'
import { cmapTrips } from './mappings/cmap-trips.ts'
import { driveCycles } from './mappings/drive-cycles.ts'
import { ndsDrives } from './mappings/nds-drives.ts'
import { obdCarobd } from './mappings/obd-carobd.ts'

export const mappings: readonly Mapping[] = [ndsDrives, cmapTrips, bevBmwI3, obdCarobd, driveCycles]

export const mappingList = (): string => mappings.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join('\n')

/** The mapping of that name; the refusal lists what there is. */
export function findMapping(name: string): Result<Mapping, 'mapping'> {
  const mapping = mappings.find((candidate) => candidate.name === name)
  return mapping === undefined ? refused('mapping', `There is no mapping "${name}". There are:\n${mappingList()}`) : accepted(mapping)
}
