// The fields of sums as they are stored. Another field, or another order of them, is another form
// of the parts of the job, and needs another version of it.
import { newSums, type Sums } from './sums.ts'

type NumberField = { [Field in keyof Sums]: Sums[Field] extends number ? Field : never }[keyof Sums]

export const levelFields = ['tankFirst', 'tankLast'] as const
export const pathNames = ['head', 'tail'] as const

/** The numbers, in the order of the form before columns. */
const others: ReadonlySet<string> = new Set([...levelFields, ...pathNames, 'milestones'])
export const formerFields = Object.keys(newSums()).filter((field): field is NumberField => !others.has(field))

/** The numbers in the order of `writeSums`, each with the one before it that it is near to: mostly
 *  little or nothing lies between them. `beginAt` is the beginning of the minute. */
export const sumNear: Readonly<Record<NumberField, NumberField | 'beginAt' | null>> = {
  fromAt: 'beginAt',
  toAt: 'beginAt',
  firstAt: 'fromAt',
  lastAt: 'toAt',
  receivedAt: 'toAt',
  samples: null,
  thinned: null,
  ahead: null,
  clock: null,
  parted: null,
  drivenM: null,
  gapMs: null,
  guessM: null,
  bridgedM: null,
  silentMs: null,
  unknownMs: null,
  moreM: null,
  knownMs: null,
  idleMs: null,
  speedMs: null,
  maxKmh: null,
  speedFirstAt: 'fromAt',
  speedFirstKmh: null,
  firstStepMs: null,
  speedLastAt: 'toAt',
  speedLastKmh: 'speedFirstKmh',
  lastStepMs: 'firstStepMs',
  placeFirstAt: 'fromAt',
  placeFirstLat: null,
  placeFirstLon: null,
  placeLastAt: 'toAt',
  placeLastLat: 'placeFirstLat',
  placeLastLon: 'placeFirstLon',
  usedL: null,
  usedMs: null,
  usedFirstAt: 'fromAt',
  usedFirstL: null,
  usedLastAt: 'toAt',
  usedLastL: 'usedFirstL',
  usedFell: null,
  usedKwh: null,
  kwhMs: null,
  kwhFirstAt: 'fromAt',
  kwhFirst: null,
  kwhLastAt: 'toAt',
  kwhLast: 'kwhFirst',
  rateL: null,
  rateMs: null,
  rateFirstAt: 'fromAt',
  rateFirstLh: null,
  rateLastAt: 'toAt',
  rateLastLh: 'rateFirstLh',
  joules: null,
  powerMs: null,
  chargedJ: null,
  earlyJ: null,
  powerFirstAt: 'fromAt',
  powerFirstW: null,
  powerLastAt: 'toAt',
  powerLastW: 'powerFirstW',
  fellPercent: null,
  fellMs: 'kwhMs',
  restPercent: null,
  earlyPercent: null,
  chargeFirstAt: 'kwhFirstAt',
  chargeFirst: null,
  chargeLastAt: 'kwhLastAt',
  chargeLast: 'chargeFirst',
  capacityKwh: null,
  tankFirstAt: 'fromAt',
  tankLastAt: 'toAt',
}

/** Puts the numbers into cells from an index on, and gives the one behind them. By names one by
 *  one: this runs for all minutes of a group when one of them changed, and a number got by a name
 *  in a variable costs ten times as much. */
export function writeSums(cells: Float64Array, from: number, sums: Sums): number {
  let at = from
  cells[at++] = sums.fromAt
  cells[at++] = sums.toAt
  cells[at++] = sums.firstAt
  cells[at++] = sums.lastAt
  cells[at++] = sums.receivedAt
  cells[at++] = sums.samples
  cells[at++] = sums.thinned
  cells[at++] = sums.ahead
  cells[at++] = sums.clock
  cells[at++] = sums.parted
  cells[at++] = sums.drivenM
  cells[at++] = sums.gapMs
  cells[at++] = sums.guessM
  cells[at++] = sums.bridgedM
  cells[at++] = sums.silentMs
  cells[at++] = sums.unknownMs
  cells[at++] = sums.moreM
  cells[at++] = sums.knownMs
  cells[at++] = sums.idleMs
  cells[at++] = sums.speedMs
  cells[at++] = sums.maxKmh
  cells[at++] = sums.speedFirstAt
  cells[at++] = sums.speedFirstKmh
  cells[at++] = sums.firstStepMs
  cells[at++] = sums.speedLastAt
  cells[at++] = sums.speedLastKmh
  cells[at++] = sums.lastStepMs
  cells[at++] = sums.placeFirstAt
  cells[at++] = sums.placeFirstLat
  cells[at++] = sums.placeFirstLon
  cells[at++] = sums.placeLastAt
  cells[at++] = sums.placeLastLat
  cells[at++] = sums.placeLastLon
  cells[at++] = sums.usedL
  cells[at++] = sums.usedMs
  cells[at++] = sums.usedFirstAt
  cells[at++] = sums.usedFirstL
  cells[at++] = sums.usedLastAt
  cells[at++] = sums.usedLastL
  cells[at++] = sums.usedFell
  cells[at++] = sums.usedKwh
  cells[at++] = sums.kwhMs
  cells[at++] = sums.kwhFirstAt
  cells[at++] = sums.kwhFirst
  cells[at++] = sums.kwhLastAt
  cells[at++] = sums.kwhLast
  cells[at++] = sums.rateL
  cells[at++] = sums.rateMs
  cells[at++] = sums.rateFirstAt
  cells[at++] = sums.rateFirstLh
  cells[at++] = sums.rateLastAt
  cells[at++] = sums.rateLastLh
  cells[at++] = sums.joules
  cells[at++] = sums.powerMs
  cells[at++] = sums.chargedJ
  cells[at++] = sums.earlyJ
  cells[at++] = sums.powerFirstAt
  cells[at++] = sums.powerFirstW
  cells[at++] = sums.powerLastAt
  cells[at++] = sums.powerLastW
  cells[at++] = sums.fellPercent
  cells[at++] = sums.fellMs
  cells[at++] = sums.restPercent
  cells[at++] = sums.earlyPercent
  cells[at++] = sums.chargeFirstAt
  cells[at++] = sums.chargeFirst
  cells[at++] = sums.chargeLastAt
  cells[at++] = sums.chargeLast
  cells[at++] = sums.capacityKwh
  cells[at++] = sums.tankFirstAt
  cells[at++] = sums.tankLastAt
  return at
}
