// Doubts of the recorded drives: as they are, where nothing should be, and with faults thrown in,
// which should be found. Each value that is doubted in a clean recording is printed.
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isCalm } from '../src/plausibility/calm.ts'
import { judge } from '../src/plausibility/plausibility.ts'
import { listDoubts } from '../src/plausibility/doubts.ts'
import { witnessMs } from '../src/plausibility/plausibility-rules.ts'
import { readingOf, type Reading } from '../src/plausibility/reading.ts'
import { findMapping } from '../src/replay/mapping-catalogue.ts'
import { readRecording } from '../src/replay/recording.ts'
import { throwFaults, type FaultKind } from './support/reading-faults.ts'
import { ownMicros } from './support/own-cpu.ts'

export const title = 'values doubted in recorded drives, as they are and with faults thrown in'

const data = fileURLToPath(new URL('../../shared/data/', import.meta.url))
const sources = [
  { mapping: 'nds-drives', files: 'nds-drives/nds_data.csv.gz' },
  { mapping: 'cmap-trips', files: 'cmap-trips/points_1hz.csv.gz' },
  { mapping: 'drive-cycles', files: 'drive-cycles/{udds,us06,hwfet,wltc_3b}.csv' },
  { mapping: 'bev-bmw-i3', files: 'bev-bmw-i3/Trip*.csv.gz' },
  { mapping: 'obd-carobd', files: 'obd-carobd/*.csv.gz' },
] as const

/** Drives are judged this often, each time with other faults. */
const roundsUsually = 20

/** The drives of a recording. The recordings have no odometer: one is added, the sum of the speeds
 *  in whole metres. */
async function drivesOf(mappingName: string, files: string): Promise<Reading[][]> {
  const found = findMapping(mappingName)
  if (!found.ok) throw new Error(found.detail)
  const drives = new Map<string, Reading[]>()
  for (const file of globSync(files, { cwd: data }).sort())
    for await (const { segment, at, signals } of readRecording(join(data, file), found.value)) {
      const name = `${file} ${segment}`
      const drive = drives.get(name) ?? []
      drives.set(name, drive)
      const last = drive.at(-1)
      const reading = readingOf({ at, signals })
      if (last !== undefined && last.at >= at) continue
      drive.push({ ...reading, odometerM: last === undefined ? 48_152_000 : last.odometerM + drivenM(last, reading) })
    }
  return [...drives.values()].map((drive) =>
    drive.map((reading) => ({ ...reading, odometerM: Math.round(reading.odometerM) })),
  )
}

const drivenM = (a: Reading, b: Reading): number => (((speedOf(a) + speedOf(b)) / 7.2) * (b.at - a.at)) / 1000
const speedOf = ({ speedKmh }: Reading): number => (Number.isNaN(speedKmh) ? 0 : Math.abs(speedKmh))

/** A reading in each span of so many milliseconds. */
const withoutOdometer = (drive: readonly Reading[], everyMs: number): Reading[] =>
  drive
    .filter(
      (reading, index) => index === 0 || Math.floor(reading.at / everyMs) > Math.floor(drive[index - 1]!.at / everyMs),
    )
    .map((reading) => ({ ...reading, odometerM: NaN }))

const hoursOf = (drives: readonly (readonly Reading[])[]): number =>
  drives.reduce(
    (sum, drive) =>
      sum +
      drive.reduce((ms, { at }, index) => ms + (index === 0 ? 0 : Math.min(60_000, at - drive[index - 1]!.at)), 0),
    0,
  ) / 3_600_000

function measureClean(name: string, drives: readonly (readonly Reading[])[]): void {
  let samples = 0
  let doubted = 0
  for (const drive of drives) {
    samples += drive.length
    for (const { index, of, reason } of listDoubts(drive, judge(drive))) {
      doubted += 1
      const around = drive.slice(Math.max(0, index - 2), index + 3)
      process.stdout.write(`    ${of} ${reason}: ${JSON.stringify(around)}\n`)
    }
  }
  process.stdout.write(
    `  ${name}: ${hoursOf(drives).toFixed(1)} h, ${samples} samples as they are, ${doubted} doubted\n`,
  )
}

/** How many minutes give cause to judge them, and what asking costs. */
function measureCalm(drives: readonly (readonly Reading[])[]): void {
  const minutes = drives.flatMap((drive) => {
    const starts = new Set(drive.map(({ at }) => Math.floor(at / 60_000) * 60_000))
    return [...starts].map((minuteAt) => drive.filter(({ at }) => at >= minuteAt - witnessMs && at < minuteAt + 60_000))
  })
  const before = process.cpuUsage()
  const calm = minutes.filter(isCalm).length
  const micros = ownMicros(before)
  const share = ((calm / minutes.length) * 100).toFixed(1)
  process.stdout.write(
    `  ${share} % of ${minutes.length} minutes are calm; asking takes ${(micros / minutes.length).toFixed(0)} µs a minute\n`,
  )
}

type Tally = { runs: number; thrown: number; found: number }

function measureFaults(drives: readonly (readonly Reading[])[], rounds: number): void {
  const tallies = new Map<FaultKind, Tally>()
  let samples = 0
  let falsely = 0
  for (let round = 1; round <= rounds; round += 1)
    for (const [number, drive] of drives.entries()) {
      const { readings, faults } = throwFaults(drive, round * 1000 + number)
      const doubts = judge(readings)
      samples += readings.length
      for (const [index, fault] of faults.entries()) {
        const isPlace = doubts.place[index] !== 0
        const isSpeed = doubts.speed[index] !== 0
        const isOdometer = doubts.odometer[index] !== 0
        const isFound = fault === 'speed' ? isSpeed : fault === 'odometer' ? isOdometer : isPlace
        if (isPlace && (fault === undefined || fault === 'speed' || fault === 'odometer')) falsely += 1
        if (isSpeed && fault !== 'speed') falsely += 1
        if (isOdometer && fault !== 'odometer') falsely += 1
        if (fault === undefined) continue
        const tally = tallies.get(fault) ?? { runs: 0, thrown: 0, found: 0 }
        tallies.set(fault, tally)
        tally.thrown += 1
        if (isFound) tally.found += 1
        if (faults[index - 1] !== fault) tally.runs += 1
      }
    }
  for (const [kind, { thrown, found, runs }] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)))
    process.stdout.write(
      `    ${kind.padEnd(12)} ${runs} faults of ${thrown} samples, ${((found / thrown) * 100).toFixed(2)} % of them doubted\n`,
    )
  process.stdout.write(
    `    of the values that are true ${((falsely / samples) * 1e5).toFixed(2)} in 100,000 samples doubted\n`,
  )
}

/** An hour at 10 Hz: the longest of the recorded drives, ten samples for each. */
function measureSpeed(drive: readonly Reading[]): void {
  const hour: Reading[] = []
  for (let number = 0; hour.length < 36_000; number += 1) {
    const before = drive[Math.floor(number / 10) % (drive.length - 1)]!
    const after = drive[(Math.floor(number / 10) % (drive.length - 1)) + 1]!
    const share = (number % 10) / 10
    const between = (field: 'lat' | 'lon' | 'speedKmh' | 'odometerM'): number =>
      before[field] + (after[field] - before[field]) * share
    const [lat, lon, speedKmh, odometerM] = [between('lat'), between('lon'), between('speedKmh'), between('odometerM')]
    hour.push({ ...before, at: drive[0]!.at + number * 100, lat, lon, speedKmh, odometerM })
  }
  const rounds = 30
  judge(hour)
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round += 1) judge(hour)
  const micros = ownMicros(before)
  process.stdout.write(`  an hour of 10 Hz, 36,000 samples: ${(micros / 1000 / rounds).toFixed(1)} ms of processor time
`)
}

export async function run({ rounds = roundsUsually }: { readonly rounds?: number } = {}): Promise<void> {
  if (!existsSync(data)) {
    process.stdout.write('  The recordings are not beside this checkout.\n')
    return
  }
  for (const { mapping, files } of sources) {
    const drives = await drivesOf(mapping, files)
    measureClean(mapping, drives)
    measureFaults(drives, rounds)
    if (mapping !== 'nds-drives') continue
    measureCalm(drives)
    measureSpeed(drives.reduce((longest, drive) => (drive.length > longest.length ? drive : longest)))
    for (const everyMs of [1000, 10_000, 60_000]) {
      const thinned = drives.map((drive) => withoutOdometer(drive, everyMs))
      measureClean(`${mapping}, a sample in ${everyMs / 1000} s, without odometer`, thinned)
      measureFaults(thinned, rounds)
    }
  }
}
