// `npm start` as a stranger meets it, with packages and dashboard in place: the time until cars
// move, and where its memory is after some minutes, by process.
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { VehicleListing } from '../src/api/contract.ts'
import { signIn } from '../test/support/api-client.ts'
import { startSystem, temporaryFolder, type RunningSystem } from '../test/support/running-system.ts'
import type { StateBefore } from './support/by-turns.ts'
import { median } from './support/measured-process.ts'
import { memoryByProcess } from './support/process-family.ts'

export const title = 'npm start: until cars move, and memory of all processes with 300 cars'
export const takesTurns = true

const startsUsually = 3
const minutesUsually = 5
const root = join(import.meta.dirname, '..')

type Times = { readonly announcedMs: number; readonly movingMs: number; readonly againMs: number }
type Options = { readonly minutes?: number; readonly rounds?: number; readonly before?: StateBefore }

/** Starts in turn, of the state before first, then of this one. */
export async function run({ minutes = minutesUsually, rounds = startsUsually, before }: Options = {}): Promise<void> {
  const states = [
    ...(before === undefined ? [] : [{ name: before.revision, dir: before.dir }]),
    { name: 'now', dir: root },
  ]
  const times = new Map<string, Times[]>(states.map(({ name }) => [name, []]))
  for (let n = 0; n < rounds; n++) for (const { name, dir } of states) times.get(name)!.push(await timesOfStart(dir))
  for (const { name, dir } of states) {
    const told = (of: keyof Times): string => {
      const all = times.get(name)!.map((each) => each[of])
      return `${seconds(median(all))} (${all.map(seconds).join(', ')})`
    }
    say(`${name}:`)
    say(`first start, until it is announced: median ${told('announcedMs')}`)
    say(`first start, until 10 cars move by the API: median ${told('movingMs')}`)
    say(`started again, until it is announced: median ${told('againMs')}`)
    await tellMemoryAfter(dir, minutes)
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const start = (dir: string, dataDir: string): Promise<RunningSystem> =>
  startSystem({ dataDir, args: ['--demo'], command: [process.execPath, join(dir, 'run.mjs')], cwd: dir })

async function timesOfStart(dir: string): Promise<Times> {
  using folder = temporaryFolder()
  const startedAt = performance.now()
  const system = await start(dir, folder.path)
  let movingMs: number
  try {
    const { get } = await signIn(system.setupUrl ?? '')
    while ((await get<VehicleListing>('/vehicles?state=moving')).total < 10) await wait(20)
    movingMs = performance.now() - startedAt
  } finally {
    await system.stop()
  }
  const again = await start(dir, folder.path)
  await again.stop()
  return { announcedMs: system.startedInMs, movingMs, againMs: again.startedInMs }
}

async function tellMemoryAfter(dir: string, minutes: number): Promise<void> {
  using folder = temporaryFolder()
  const system = await start(dir, folder.path)
  try {
    await wait(minutes * 60_000)
    tellMemory(system, minutes)
  } finally {
    await system.stop()
  }
}

function tellMemory({ process: { pid } }: RunningSystem, minutes: number): void {
  const processes = memoryByProcess(pid ?? 0)
  say(`after ${minutes} minutes, MB:      own   shared   mapped files`)
  const line = (own: number, shared: number, files: number, name: string): void =>
    say(`${[own, shared, files].map((mb) => mb.toFixed(1).padStart(9)).join('')}   ${name}`)
  for (const { ownMb, sharedMb, filesMb, command } of processes) line(ownMb, sharedMb, filesMb, command.slice(0, 80))
  const sum = (name: 'ownMb' | 'sharedMb' | 'filesMb'): number =>
    processes.reduce((total, each) => total + each[name], 0)
  line(sum('ownMb'), sum('sharedMb'), sum('filesMb'), `all ${processes.length} processes`)
}
