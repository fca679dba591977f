// Systems under load that are struck again and again: so many blows on each, turn by turn of each
// of its rows, then it is held against its log. The first thing that is missing, doubled or hangs
// ends the program with what was done to the system.
import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { seeded } from '../../src/base/seeded.testing.ts'
import { endure, type Blow, type System } from '../../test/support/ordeal.ts'

/** A system, and the names of what is to be done to it. */
export type Subject = {
  readonly name: string
  readonly faults: readonly string[]
  /** Why it cannot run here; false when it can. */
  readonly unable: string | false
  open(random: () => number): Promise<System>
}
export type OrdealOptions = {
  readonly times: number
  readonly cars: number
  readonly messagesPerS: number
  /** Blows on one system, before it is held against its log: all of that is read into memory. */
  readonly blowsAtOnce: number
  /** A part of the names of the rows that are wanted. */
  readonly only: string
}

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
/** Once in a row a stop is longer than every time limit of a connection. */
const longMs = 45_000

const rowName = (subject: string, fault: string): string => `${subject}-${fault}`

export async function runOrdeals(subjects: readonly Subject[], options: OrdealOptions): Promise<void> {
  const { times, cars, messagesPerS, only } = options
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
  const random = seeded(seed)
  const table: string[] = []
  const rows = subjects.flatMap(({ name, faults }) => faults.map((fault) => rowName(name, fault)))
  if (!rows.some((row) => row.includes(only))) throw new Error(`no row has "${only}" in its name: ${rows.join(', ')}`)
  process.stdout.write(`  SEED=${seed}\n`)
  for (const { name, faults, unable, open } of subjects) {
    const rowOf = (fault: string): string => rowName(name, fault)
    const chosen = faults.filter((fault) => rowOf(fault).includes(only))
    if (chosen.length === 0) continue
    if (unable !== false) {
      table.push(`${name}: ${unable}`)
      continue
    }
    const recoveriesMs = new Map<string, number[]>(chosen.map((fault) => [fault, []]))
    let records = 0
    for (const blows of groupsOf(chosen, options, random)) {
      const told: string[] = []
      const recovered = ({ fault, forMs }: Blow, ms: number): void => {
        recoveriesMs.get(fault)!.push(ms)
        told.push(fault)
        process.stdout.write(`    ${rowOf(fault).padEnd(44)} ${secondsOf(forMs)} ${secondsOf(ms)}\n`)
      }
      const ordeal = { open: () => open(random), blows, cars, messagesPerS, random, recovered }
      const survived = await endure(ordeal).catch((cause: unknown) => {
        const next = blows[told.length]?.fault ?? 'the end'
        throw new Error(`${name} (SEED=${seed}): after ${told.join(', ') || 'nothing'}, at ${next}`, { cause })
      })
      records += survived.records
      process.stdout.write(`    ${name}: ${survived.records.toLocaleString('en')} messages, whole\n`)
    }
    for (const fault of chosen) table.push(lineOf(rowOf(fault), recoveriesMs.get(fault)!))
    table.push(`${name}: ${records.toLocaleString('en')} messages`)
  }
  const load = loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')
  process.stdout.write(
    `\n  ${new Date().toISOString().slice(0, 10)}, at ${revision.trim()}, ${cars} cars, ${messagesPerS} messages/s, ${times} times, SEED=${seed}, load ${load}; nothing is missing and nothing doubled\n`,
  )
  process.stdout.write(`  ${'fault'.padEnd(44)} times  recovery: median, worst\n`)
  for (const line of table) process.stdout.write(`  ${line}\n`)
}

function groupsOf(
  faults: readonly string[],
  { times, blowsAtOnce }: OrdealOptions,
  random: () => number,
): readonly (readonly Blow[])[] {
  const blows = Array.from({ length: times }, (_, turn) =>
    faults.map((fault) => {
      const isLong = turn > 0 && turn === times - 1 && /stopped|half-open/.test(fault)
      return { fault, forMs: isLong ? longMs : 500 + random() * 3_500 }
    }),
  ).flat()
  return Array.from({ length: Math.ceil(blows.length / blowsAtOnce) }, (_, group) =>
    blows.slice(group * blowsAtOnce, (group + 1) * blowsAtOnce),
  )
}

const secondsOf = (ms = 0): string => `${(ms / 1000).toFixed(1)} s`.padStart(8)

function lineOf(row: string, recoveriesMs: readonly number[]): string {
  const sorted = recoveriesMs.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  return `${row.padEnd(44)} ${String(sorted.length).padStart(5)} ${secondsOf(middle)} ${secondsOf(sorted.at(-1))}`
}
