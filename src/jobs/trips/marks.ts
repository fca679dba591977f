// The marks of a minute: the few of its samples that tell where trips begin and end. Between two
// marks every sample says what those around it say, so that the pieces of the marks (pieces.ts) are
// those of all samples.
import { isAhead } from '../../model/car-clock.ts'
import { ignition, isHeard, isPlaced, type DriveSample } from './drive-sample.ts'
import { drivenKmh, leadGapMs, movingKmh, speedGapMs } from './trip-rules.ts'

export type Mark = Pick<DriveSample, 'at' | 'ignition' | 'lat' | 'lon' | 'speedKmh' | 'odometerM'> & {
  /** Since the sample before, where that is of the same minute; else NaN. */
  readonly stepMs: number
  /** 1 when its instant is clock-marked. */
  readonly ahead: number
}

/** Of a car without speeds the first place of each cell of so long is a mark. */
const placeCellMs = 5_000

export const motion = { unknown: 0, still: 1, moving: 2, place: 3 } as const
export type MarkMotion = (typeof motion)[keyof typeof motion]

/** The motion by a sample. A slow one that says the ignition is off is not driven. */
export function motionOf({
  speedKmh,
  ignition: state,
  lat,
  lon,
}: Pick<Mark, 'speedKmh' | 'ignition' | 'lat' | 'lon'>): MarkMotion {
  const off = state === ignition.off
  if (!Number.isNaN(speedKmh)) return speedKmh >= (off ? drivenKmh : movingKmh) ? motion.moving : motion.still
  return off ? motion.still : isPlaced({ lat, lon }) ? motion.place : motion.unknown
}

/** The marks of a minute's samples, which are in order of time. */
export function marksOf(samples: readonly DriveSample[], clockAheadMs: number): Mark[] {
  const heard = samples.filter(isHeard)
  if (heard.length === 0) return []
  const chosen = new Set([0, heard.length - 1])
  for (const has of [isPlaced, hasOdometer]) {
    chosen.add(heard.findIndex(has))
    chosen.add(heard.findLastIndex(has))
  }
  chooseTurns(heard, chosen)
  choosePlaces(heard, chosen)
  return [...chosen]
    .filter((index) => index >= 0)
    .sort((a, b) => a - b)
    .map((index) => markOf(heard[index]!, heard[index - 1], clockAheadMs))
}

const hasOdometer = ({ odometerM }: DriveSample): boolean => !Number.isNaN(odometerM)

/** Both sides of each turn from standing to moving or back, of each word of the ignition, and of
 *  each gap; and the first speed after the car is switched on, which may be as it was before. */
function chooseTurns(heard: readonly DriveSample[], chosen: Set<number>): void {
  let before = -1
  let isAsked = false
  for (const [index, sample] of heard.entries()) {
    const previous = heard[index - 1]
    if (previous !== undefined && sample.at - previous.at > leadGapMs) chosen.add(index - 1).add(index)
    if (!Number.isNaN(sample.speedKmh) || motionOf(sample) === motion.still) {
      if (before >= 0 && paceOf(heard[before]!) !== paceOf(sample)) chosen.add(before).add(index)
      if (isAsked) chosen.add(index)
      before = index
      isAsked = false
    }
    if (sample.ignition === ignition.switchedOn && Number.isNaN(sample.speedKmh)) isAsked = true
    if (sample.ignition !== ignition.unknown && previous?.ignition !== sample.ignition)
      for (const turn of [index - 1, before, index]) if (turn >= 0) chosen.add(turn)
    if (sample.ignition === ignition.unknown && previous?.ignition === ignition.off) chosen.add(index - 1)
  }
}

/** Standing, moving or driven; and whether by the ignition's word too. */
const paceOf = (sample: DriveSample): number =>
  motionOf(sample) + (sample.speedKmh >= drivenKmh ? 4 : 0) + (sample.ignition === ignition.off ? 8 : 0)

/** Places of a car that tells no speed at the time, and odometers of one that tells no place
 *  either. */
function choosePlaces(heard: readonly DriveSample[], chosen: Set<number>): void {
  let speedAt = NaN
  let placeAt = NaN
  let cell = NaN
  for (const [index, sample] of heard.entries()) {
    if (!Number.isNaN(sample.speedKmh)) speedAt = sample.at
    const how = motionOf(sample)
    if (how === motion.place) placeAt = sample.at
    else if (how !== motion.unknown || !hasOdometer(sample) || sample.at - placeAt <= speedGapMs) continue
    if (sample.at - speedAt <= speedGapMs) continue
    const own = Math.floor(sample.at / placeCellMs)
    if (own !== cell) chosen.add(index)
    cell = own
  }
}

const markOf = (
  { at, receivedAt, ignition: state, lat, lon, speedKmh, odometerM }: DriveSample,
  before: DriveSample | undefined,
  clockAheadMs: number,
): Mark => ({
  at,
  ignition: state,
  ...(isPlaced({ lat, lon }) ? { lat, lon } : { lat: NaN, lon: NaN }),
  speedKmh,
  odometerM,
  stepMs: before === undefined ? NaN : at - before.at,
  ahead: isAhead(at, receivedAt, clockAheadMs) ? 1 : 0,
})
