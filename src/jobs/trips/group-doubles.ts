// Groups as they were stored before they were columns, all as doubles: read, and no longer written.
// Of each minute its number, its marks behind how many they are, and its sums: their fields, then
// each list of levels behind its length, each path, and the milestones behind how many there are.
import { milestoneFields, type Milestones } from './milestones.ts'
import type { Mark } from './marks.ts'
import { onePlace, pathFields } from './path.ts'
import { formerFields, levelFields, pathNames } from './sum-fields.ts'
import { newSums, type Sums } from './sums.ts'
import type { Ignition } from './drive-sample.ts'
import type { Group } from './trips-state.ts'

export function groupOfDoubles(bytes: Uint8Array): Group {
  const numbers = new Float64Array(bytes.slice().buffer)
  const group: Group = new Map()
  for (let next = 0; next < numbers.length;) {
    const minute = numbers[next]!
    const [marks, behindMarks] = readMarks(numbers, next + 1)
    const [sums, behind] = readSums(numbers, behindMarks)
    group.set(minute, { marks, sums })
    next = behind
  }
  return group
}

function readMarks(numbers: Float64Array, from: number): readonly [Mark[], number] {
  const marks: Mark[] = []
  const end = from + 1 + numbers[from]! * 7
  for (let next = from + 1; next < end; next += 7) {
    const [at, flags, lat, lon, speedKmh, odometerM, stepMs] = numbers.subarray(next, next + 7) as unknown as Seven
    marks.push({ at, ignition: (flags & 3) as Ignition, lat, lon, speedKmh, odometerM, stepMs, ahead: flags >> 2 })
  }
  return [marks, end]
}

type Seven = [number, number, number, number, number, number, number]

/** The sums from an index on, and the index behind them. */
function readSums(numbers: Float64Array, from: number): readonly [Sums, number] {
  const sums = newSums()
  for (const [index, field] of formerFields.entries()) sums[field] = numbers[from + index]!
  let next = from + formerFields.length
  for (const field of levelFields) {
    const end = next + 1 + numbers[next]!
    sums[field] = [...numbers.subarray(next + 1, end)]
    next = end
  }
  const read = <Name extends string>(names: readonly Name[]): Record<Name, number> => {
    const each = Object.fromEntries(names.map((name, index) => [name, numbers[next + index]])) as Record<Name, number>
    next += names.length
    return each
  }
  for (const field of pathNames) {
    const form = numbers[next++]
    sums[field] = form === 1 ? read(pathFields) : form === 2 ? onePlace : null
  }
  sums.milestones = Array.from({ length: numbers[next++]! }, () => read(milestoneFields)) as unknown as Milestones
  return [sums, next]
}
