// The settings of what counts as part of a crash, in the units people know, and what contradicts
// itself. Where the usual values come from is in jobs/crash/thresholds.ts.
import { g, usualThresholds as usual, type Thresholds } from '../jobs/crash/thresholds.ts'
import { quantity, span, type Setting } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'

export const crashSettings = {
  readingMs2: quantity(
    'ROADSTREAM_CRASH_READING',
    { usual: usual.readingMs2 / g, unit: 'g', min: 0.5, max: 50 },
    'deceleration from which on a reading is looked at; tyres give about 1 g',
  ),
  pulseMs2: quantity(
    'ROADSTREAM_CRASH_PULSE',
    { usual: usual.pulseMs2 / g, unit: 'g', min: 1, max: 100 },
    'deceleration that no driving explains (WreckWatch, 2011)',
  ),
  triggerKmh: quantity(
    'ROADSTREAM_CRASH_DELTA_V',
    { usual: usual.triggerKmh, unit: 'km/h', min: 3, max: 100 },
    'change of velocity within 150 ms that is a pulse (49 CFR 563.5)',
  ),
  severeKmh: quantity(
    'ROADSTREAM_CRASH_SEVERE',
    { usual: usual.severeKmh, unit: 'km/h', min: 5, max: 200 },
    'change of velocity that is a crash by itself; 49 CFR 571.208: 32',
  ),
  lossKmh: quantity(
    'ROADSTREAM_CRASH_SPEED_LOSS',
    { usual: usual.lossKmh, unit: 'km/h', min: 10, max: 250 },
    'speed lost within a second that tyres cannot take: 12 m/s²',
  ),
  lossBesideReadingKmh: quantity(
    'ROADSTREAM_CRASH_FULL_BRAKE',
    { usual: usual.lossBesideReadingKmh, unit: 'km/h', min: 5, max: 250 },
    'speed lost within a second that counts beside a reading: 7 m/s²',
  ),
  stillS: span(
    'ROADSTREAM_CRASH_STANDING',
    `${usual.stillS}s`,
    'how long a car has to stand after it for that to speak for a crash',
    10_000,
    600_000,
  ),
  silentS: span(
    'ROADSTREAM_CRASH_SILENCE',
    `${usual.silentS}s`,
    'how long a unit has to be silent after it for that to speak for a crash',
    10_000,
    600_000,
  ),
  rotationDegS: quantity(
    'ROADSTREAM_CRASH_ROTATION',
    { usual: usual.rotationDegS, unit: 'deg/s', min: 20, max: 1000 },
    'rate of rotation that is skidding; what yaw sensors measure at least',
  ),
} satisfies Record<keyof Thresholds, Setting<number>>

const lesserThan = [
  ['readingMs2', 'pulseMs2'],
  ['triggerKmh', 'severeKmh'],
  ['lossBesideReadingKmh', 'lossKmh'],
] as const

export function crashThresholds({ takeAll, isWrong, problems }: SettingsReader): Thresholds {
  const taken = takeAll(crashSettings)
  for (const [lesser, greater] of lesserThan) {
    const [below, above] = [crashSettings[lesser], crashSettings[greater]]
    if (!isWrong(below) && !isWrong(above) && taken[lesser] > taken[greater])
      problems.push(
        `${below.name} is above ${above.name}: give a lesser value for the first, or a greater one for the second`,
      )
  }
  const { readingMs2, pulseMs2, stillS, silentS } = taken
  return {
    ...taken,
    readingMs2: readingMs2 * g,
    pulseMs2: pulseMs2 * g,
    stillS: stillS / 1000,
    silentS: silentS / 1000,
  }
}
