// A crash as a unit would report it: a car that drives or stands, a pulse of acceleration, and what
// comes after, at any rate of reporting and any phase. Used by tests and by the bench, with the
// pulse of a barrier test or one made up.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { driveJobs, messagesOf, recordsOf } from '../../engine/job-driver.ts'
import type { Alert } from '../../read-models/alerts/alerts.ts'
import type { Message, Sample } from '../../model/message.ts'
import { crashBy } from './crash.ts'
import { g, usualThresholds, type Thresholds } from './thresholds.ts'

export const crashAt = 1_700_000_020_000

/** Forward acceleration in g by the millisecond of the pulse. */
export type PulseShape = readonly number[]

/** A haversine pulse, as sled tests use it: its delta-v in km/h is 17.7 × peak × seconds. */
export const haversinePulse = (peakG: number, ms: number): PulseShape =>
  Array.from({ length: ms }, (_, at) => -peakG * Math.sin((Math.PI * (at + 0.5)) / ms) ** 2)

/** The pulse of a barrier test (10 kHz, in g): the mean of each millisecond and the nine around it,
 *  of the floor at the left rear seat. */
export async function barrierPulse(file: string): Promise<PulseShape> {
  const values: number[] = []
  let column = -1
  let sum = 0
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
    const fields = line.split(',')
    if (column < 0) column = fields.findIndex((name) => name.includes('FLLR_XG'))
    else if (Number(fields[0]) >= 0) values.push(Number(fields[column]))
  }
  const means = Array.from({ length: Math.floor(values.length / 10) }, (_, ms) => {
    const around = values.slice(Math.max(0, ms * 10 - 45), ms * 10 + 55)
    sum = around.reduce((total, value) => total + value, 0)
    return sum / around.length
  })
  return means.slice(0, 150)
}

export type PlayedCrash = {
  readonly pulse: PulseShape
  readonly rateHz: number
  /** By how much the samples are off from the beginning of the pulse, below 1000 / rateHz. */
  readonly phaseMs: number
  /** km/h before the pulse. A standing car stays where it is, as its wheels see it. */
  readonly fromKmh: number
  readonly tellsAcceleration: boolean
  /** The telling of the speed: `noisy` and `frozen` after the pulse, `missing` never. */
  readonly speed: 'told' | 'lost' | 'missing' | 'frozen' | 'noisy'
  /** The deceleration, in g, at which the car comes to rest after the pulse. */
  readonly rollOutG: number
  /** The unit is silent from so many seconds after the message that holds the end of the pulse;
   *  Infinity = it goes on for two minutes. */
  readonly silentAfterS: number
}

export const usualCrash: PlayedCrash = {
  pulse: haversinePulse(32, 100),
  rateHz: 50,
  phaseMs: 0,
  fromKmh: 57,
  tellsAcceleration: true,
  speed: 'told',
  rollOutG: 10,
  silentAfterS: Infinity,
}

/** One message a second, or one a sample where they are further apart. */
export function messagesOfCrash(played: PlayedCrash): Message[] {
  const { rateHz, phaseMs, pulse, silentAfterS } = played
  const speeds = speedsOf(played)
  const stepMs = 1000 / rateHz
  const messages: Sample[][] = []
  const lastMs = Math.min(silentAfterS * 1000 + endOfMessage(pulse.length), 120_000)
  for (let step = Math.ceil(-20_000 / stepMs); step * stepMs + phaseMs < lastMs; step += 1) {
    const ms = Math.round(step * stepMs + phaseMs)
    const sample = { at: crashAt + ms, signals: signalsAt(played, ms, speeds(ms)) }
    const last = messages.at(-1)
    if (last?.[0] !== undefined && Math.floor(last[0].at / 1000) === Math.floor(sample.at / 1000)) last.push(sample)
    else messages.push([sample])
  }
  return messages.map((samples, seq) => ({ boot: '00000000000000aa', seq, samples }))
}

/** The end of the second, and so of the message, that holds an instant after the crash. */
const endOfMessage = (ms: number): number => (Math.floor((crashAt + ms) / 1000) + 1) * 1000 - crashAt

/** km/h by the millisecond after the beginning of the pulse. */
function speedsOf({ pulse, fromKmh, rollOutG }: PlayedCrash): (ms: number) => number {
  const during: number[] = []
  let speed = fromKmh
  for (const value of pulse) during.push((speed = Math.max(0, speed + value * g * 3.6e-3)))
  return (ms) => {
    if (ms < 0) return fromKmh
    return during[ms] ?? Math.max(0, speed - rollOutG * g * 3.6e-3 * (ms - pulse.length))
  }
}

function signalsAt(
  { pulse, tellsAcceleration, speed, fromKmh }: PlayedCrash,
  ms: number,
  kmh: number,
): Sample['signals'] {
  const isOver = ms >= 0
  const told = isOver && speed === 'frozen' ? fromKmh : isOver && speed === 'noisy' ? 3.5 + Math.sin(ms) * 0.4 : kmh
  const isMissing = speed === 'missing' || (isOver && speed === 'lost')
  return {
    ...(tellsAcceleration && { 'Vehicle.Acceleration.Longitudinal': Math.round((pulse[ms] ?? 0) * g * 100) / 100 }),
    'Vehicle.Speed': isMissing ? null : Math.round(told * 10) / 10,
  }
}

/** The word of the job in the batch of the message that holds the end of the pulse, and in the
 *  end. */
export type Outcome = {
  readonly atOnce: Alert | undefined
  readonly inTheEnd: Alert | undefined
  readonly count: number
}

export function playCrash(played: PlayedCrash, thresholds: Thresholds = usualThresholds): Outcome {
  const driver = driveJobs([crashBy(thresholds)])
  const first = (): Alert | undefined => [...driver.results().values()][0] as Alert | undefined
  let atOnce: Alert | undefined
  for (const record of recordsOf(messagesOfCrash(played))) {
    driver.feed([record])
    if (record.at <= crashAt + endOfMessage(played.pulse.length)) atOnce = first() ?? atOnce
  }
  driver.pass(crashAt + 3_600_000)
  return { atOnce, inTheEnd: first(), count: driver.results().size }
}

/** The alerts of samples, each in a message and a batch of its own, when an hour has passed without
 *  more. */
export function alertsOfSamples(samples: readonly Sample[], thresholds: Thresholds = usualThresholds): Alert[] {
  const driver = driveJobs([crashBy(thresholds)], { reload: true })
  for (const record of recordsOf(messagesOf(samples))) driver.feed([record])
  driver.pass((samples.at(-1)?.at ?? 0) + 3_600_000)
  return [...driver.results().values()] as Alert[]
}
