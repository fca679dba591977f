// The words of a move: how far it is, and at its end a table of all that is where it went.
import type { LogName, MoveProgress } from './move-log.ts'
import type { Topic } from '../eventlog/event-log.ts'

const everyMs = 5_000
const titles: Readonly<Record<LogName, string>> = { uplink: 'event log', derived: 'what jobs derive' }
const states: Readonly<Record<LogName, string>> = { uplink: 'sessions and senders', derived: 'state of the jobs' }

type Row = { readonly what: string; readonly count: number; readonly unit: string; readonly digest: string }

export type Report = MoveProgress & {
  /** A step that takes long begins. */
  begins(what: string): void
  copiedRows(table: string, rows: number): void
  compares(table: string, rows: number, digest: string): void
  sinks(count: number): void
  /** The table, with the time that each step took. */
  text(): string
}

export function openReport(print: (text: string) => void, steady: () => number): Report {
  const rows: Row[] = []
  const damage: string[] = []
  const steps: { readonly what: string; readonly at: number }[] = []
  let saidAt = steady()
  const nowAndThen = (text: () => string): void => {
    if (steady() - saidAt < everyMs) return
    saidAt = steady()
    print(`  ${text()}\n`)
  }
  const add = (what: string, count: number, unit: string, digest = ''): void => {
    rows.push({ what, count, unit, digest })
  }
  return {
    begins: (what) => {
      steps.push({ what, at: steady() })
      print(`${what} …\n`)
    },
    copied: (log, topic: Topic, records) =>
      nowAndThen(() => `${titles[log]}: ${topic}, ${shown(records)} records are there`),
    copiedRows: (table, count) => nowAndThen(() => `tables: ${table}, ${shown(count)} rows are there`),
    compared: (log, topic, records, digest) => {
      nowAndThen(() => `${titles[log]}: ${topic} is the same`)
      if (records > 0) add(`${titles[log]}: ${topic}`, records, 'records', digest.slice(0, 16))
    },
    carried: (log, { entries, digest }) => add(states[log], entries, 'entries', digest.slice(0, 16)),
    damaged: (_, what) => void damage.push(what),
    compares: (table, count, digest) => {
      if (count > 0) add(`table ${table}`, count, 'rows', digest.slice(-16))
    },
    sinks: (count) => add('places where writers read on', count, 'writers'),
    text: () => {
      const widths = { what: Math.max(...rows.map(({ what }) => what.length), 4), count: 13 }
      const lines = rows.map(({ what, count, unit, digest }) =>
        `  ${what.padEnd(widths.what)} ${shown(count).padStart(widths.count)} ${unit.padEnd(8)} the same ${digest}`.trimEnd(),
      )
      const missing = damage.map((what) => `  damaged before the move, and in no log: ${what}`)
      const ends = [...steps.slice(1).map(({ at }) => at), steady()]
      const times = steps.map(({ what, at }, index) => `  ${what}: ${((ends[index]! - at) / 1000).toFixed(1)} s`)
      return `${[...lines, ...missing, ...times].join('\n')}\n`
    },
  }
}

const shown = (count: number): string => count.toLocaleString('en')
