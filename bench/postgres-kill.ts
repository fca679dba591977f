// PostgreSQL under a system under load, embedded and foreign: it, the writers and the whole are
// killed and stopped at random moments, and the link to a foreign server is spoiled. After each
// group of blows everything acknowledged is in the log, and every table is what a fresh run of the
// jobs derives from it; the first fault ends the program with what it found.
import { execFileSync } from 'node:child_process'
import { seeded } from '../src/base/seeded.testing.ts'
import { noPostgres } from '../test/engines/postgres.ts'
import { endure, faultsOf, type Blow, type FaultName, type ServerKind } from '../test/support/postgres-faults.ts'

export const title = 'the tables through kills and stops of the server, the writers and the whole, and a spoiled link'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
/** Blows on one system, before it is held against its log: all of that is read into memory. */
const blowsAtOnce = 5
/** Once in a row a stop is longer than every time limit of a connection. */
const longMs = 45_000

type Row = { readonly kind: ServerKind; readonly fault: FaultName }
const rows: readonly Row[] = (['embedded', 'foreign'] as const).flatMap((kind) =>
  faultsOf(kind).map((fault) => ({ kind, fault })),
)

const nameOf = ({ kind, fault }: Row): string => `${kind}-${fault}`

export type FaultOptions = { readonly times?: number; readonly rate?: number; readonly only?: string }

export async function run({ times = 20, rate = 5_000, only = '' }: FaultOptions = {}): Promise<void> {
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' })
  const random = seeded(seed)
  const table: string[] = []
  process.stdout.write(`  SEED=${seed}\n`)
  for (const row of rows.filter((each) => nameOf(each).includes(only))) {
    if (row.kind === 'foreign' && noPostgres !== false) {
      table.push(`${nameOf(row).padEnd(28)} ${noPostgres}`)
      continue
    }
    const blows = blowsOf(row.fault, times, random)
    const recoveriesMs: number[] = []
    let records = 0
    while (recoveriesMs.length < blows.length) {
      const group = blows.slice(recoveriesMs.length, recoveriesMs.length + blowsAtOnce)
      const survived = await endure({ kind: row.kind, blows: group, messagesPerS: rate, random }).catch(
        (cause: unknown) => {
          throw new Error(`${nameOf(row)} (SEED=${seed})`, { cause })
        },
      )
      recoveriesMs.push(...survived.recoveriesMs)
      records += survived.records
    }
    const line = lineOf(row, recoveriesMs, records)
    process.stdout.write(`  ${line}\n`)
    table.push(line)
  }
  process.stdout.write(
    `\n  ${new Date().toISOString().slice(0, 10)}, at ${revision.trim()}, ${rate} messages/s, SEED=${seed}; nothing is missing and nothing doubled\n`,
  )
  process.stdout.write(`  ${'fault'.padEnd(28)} times   messages  recovery: median, worst\n`)
  for (const line of table) process.stdout.write(`  ${line}\n`)
}

function blowsOf(fault: FaultName, times: number, random: () => number): readonly Blow[] {
  const hasLong = /stopped|half-open/.test(fault)
  return Array.from({ length: times }, (_, index) => ({
    fault,
    forMs: hasLong && index === times - 1 ? longMs : 500 + random() * 3_500,
  }))
}

function lineOf(row: Row, recoveriesMs: readonly number[], records: number): string {
  const sorted = recoveriesMs.toSorted((a, b) => a - b)
  const seconds = (ms = 0): string => `${(ms / 1000).toFixed(1)} s`.padStart(8)
  const [middle, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  return `${nameOf(row).padEnd(28)} ${String(sorted.length).padStart(5)} ${records.toLocaleString('en').padStart(10)} ${seconds(middle)} ${seconds(worst)}`
}
