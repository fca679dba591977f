// Findings in a crash test, each way of reporting alone: rate, phase, speed, silence, rolling out,
// standing. And what is told of recordings in which nobody crashed, as they are and with glitches
// thrown in.
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crash } from '../src/jobs/crash/crash.ts'
import { barrierPulse, playCrash, usualCrash, type PlayedCrash } from '../src/jobs/crash/played-crash.testing.ts'
import { driveJobs, messagesOf, recordsOf } from '../src/engine/job-driver.ts'
import type { Alert } from '../src/read-models/alerts/alerts.ts'
import type { Sample } from '../src/model/message.ts'
import type { Mapping } from '../src/mapping/mapping.ts'
import { shippedMapping } from '../src/replay/mapping-catalogue.ts'
import { readRecording } from '../src/replay/recording.ts'

export const title = 'crashes found by way of reporting, and what is told of drives without one'

const data = fileURLToPath(new URL('../../shared/data/', import.meta.url))

type Axis = { readonly name: string; readonly plays: readonly Partial<PlayedCrash>[] }

/** Every phase, in steps of a millisecond, at low rates of five. */
const phases = (rateHz: number, rest: Partial<PlayedCrash> = {}): Partial<PlayedCrash>[] => {
  const stepMs = rateHz < 10 ? 5 : 1
  return Array.from({ length: Math.ceil(1000 / rateHz / stepMs) }, (_, step) => ({
    rateHz,
    phaseMs: step * stepMs,
    ...rest,
  }))
}

const lowRates = [1, 2, 5, 10, 20]

const axes: readonly Axis[] = [
  ...[50, 100, 200, 1000].map((rateHz): Axis => ({
    name: `acceleration alone, ${rateHz} Hz`,
    plays: phases(rateHz, { speed: 'missing' }),
  })),
  ...lowRates.map((rateHz): Axis => ({ name: `acceleration and speed, ${rateHz} Hz`, plays: phases(rateHz) })),
  ...lowRates.map((rateHz): Axis => ({
    name: `speed alone, ${rateHz} Hz`,
    plays: phases(rateHz, { tellsAcceleration: false }),
  })),
  ...[0, 1, 5, 20].flatMap((silentAfterS) =>
    [1, 50].map((rateHz): Axis => ({
      name: `silent after ${silentAfterS} s, ${rateHz} Hz`,
      plays: phases(rateHz, { silentAfterS }),
    })),
  ),
  ...(['lost', 'frozen', 'noisy'] as const).map((speed): Axis => ({
    name: `speed ${speed} after it, 50 Hz`,
    plays: phases(50, { speed }),
  })),
  ...[0.05, 0.07, 0.1].flatMap((rollOutG) =>
    [1, 50].map((rateHz): Axis => ({
      name: `rolls out at ${rollOutG} g, ${rateHz} Hz`,
      plays: phases(rateHz, { rollOutG, fromKmh: 97 }),
    })),
  ),
  { name: 'a standing car, 50 Hz', plays: phases(50, { fromKmh: 0 }) },
]

export async function run(): Promise<void> {
  if (!existsSync(data)) {
    process.stdout.write('  skipped: the recordings are not beside this checkout\n')
    return
  }
  const pulse = await barrierPulse(`${data}crash-nhtsa/v10146.csv.gz`)
  row('NHTSA 10146, a wall at 57 km/h', ['plays', 'found', 'at once', 'confirmed'])
  for (const { name, plays } of axes) {
    const outcomes = plays.map((play) => playCrash({ ...usualCrash, ...play, pulse }))
    const found = outcomes.filter(({ inTheEnd }) => inTheEnd !== undefined && inTheEnd.status !== 'withdrawn')
    const atOnce = outcomes.filter((outcome) => outcome.atOnce !== undefined)
    const confirmed = found.filter(({ inTheEnd }) => inTheEnd?.status === 'confirmed')
    row(name, [plays, found, atOnce, confirmed])
  }
  row('\n  drives in which nobody crashed', ['hours', 'possible', 'withdrawn', 'confirmed'])
  for (const [name, drives] of await drivesByName()) {
    row(name, counts(drives))
    row(`${name}, 0.1 % glitches to ±16 g`, counts(drives.map(withGlitches)))
  }
}

const row = (name: string, columns: readonly (string | readonly unknown[])[]): void => {
  const texts = columns.map((column) => (typeof column === 'string' ? column : String(column.length)).padStart(10))
  process.stdout.write(`  ${name.padEnd(46)}${texts.join('')}\n`)
}

const recordings: readonly (readonly [folder: string, mapping: Mapping])[] = [
  ['nds-drives', shippedMapping('nds-drives')],
  ['cmap-trips', shippedMapping('cmap-trips')],
  ['bev-bmw-i3', shippedMapping('bev-bmw-i3')],
  ['obd-carobd', shippedMapping('obd-carobd')],
  ['drive-cycles', shippedMapping('drive-cycles')],
]

async function drivesByName(): Promise<Map<string, Sample[][]>> {
  const found = new Map<string, Sample[][]>()
  for (const [folder, mapping] of recordings) {
    const drives = new Map<string, Sample[]>()
    for (const file of readdirSync(data + folder).filter(
      (name) => /\.csv(\.gz)?$/.test(name) && !/truth|Overview|veh_db/i.test(name),
    ))
      for await (const { segment, at, signals } of readRecording(`${data}${folder}/${file}`, mapping)) {
        const key = `${file} ${segment}`
        const drive = drives.get(key) ?? []
        drives.set(key, drive)
        drive.push({ at, signals })
      }
    found.set(folder, [...drives.values()])
  }
  return found
}

/** Of a sample in a thousand the acceleration reads 16 g one way or the other. */
function withGlitches(samples: readonly Sample[], drive: number): Sample[] {
  let state = drive + 1
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  return samples.map(({ at, signals }) => {
    if (random() >= 0.001) return { at, signals }
    return { at, signals: { ...signals, 'Vehicle.Acceleration.Longitudinal': (random() < 0.5 ? -16 : 16) * 9.80665 } }
  })
}

function counts(drives: readonly (readonly Sample[])[]): string[] {
  const statuses = drives.flatMap(statusesIn)
  const of = (status: Alert['status']): string => String(statuses.filter((each) => each === status).length)
  const hours = drives.reduce((sum, samples) => sum + samples.length, 0) / 3_600
  return [hours.toFixed(1), of('possible'), of('withdrawn'), of('confirmed')]
}

function statusesIn(samples: readonly Sample[]): Alert['status'][] {
  const driver = driveJobs([crash])
  const records = recordsOf(messagesOf(samples.toSorted((a, b) => a.at - b.at)))
  for (let from = 0; from < records.length; from += 60) driver.feed(records.slice(from, from + 60))
  driver.pass((records.at(-1)?.at ?? 0) + 3_600_000)
  return [...driver.results().values()].map((alert) => (alert as Alert).status)
}
