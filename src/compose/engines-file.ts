// Which engines hold the log and the tables of a data folder, once they were moved: the file
// `engines.json` there. A start whose settings name others is refused, or cars would be
// acknowledged by an empty log beside the one that went on. While a move is under way its plan
// stands there too.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Outage } from '../base/errors.ts'
import { findingsOf, type Examination } from '../base/finding.ts'
import { replaceFile } from '../base/private-file.ts'
import { syncFolder } from '../base/sync-folder.ts'
import type { Config } from '../config/config.ts'

export type EngineNames = { readonly log: 'embedded' | 'kafka'; readonly tables: 'embedded' | 'postgres' }
export type EnginePart = keyof EngineNames

/** A move that has begun. */
export type MovePlan = {
  /** Random: what is its own it is known by. */
  readonly id: string
  readonly parts: readonly EnginePart[]
  /** Where it goes, as people are told it. */
  readonly to: string
  /** Names what is kept. */
  readonly stamp: string
  /** Ids of the logs that are filled, once they are there. */
  readonly logs?: { readonly uplink: string; readonly derived: string }
  /** Where each partition of the source began, by log and place. */
  readonly starts?: Readonly<Record<string, number>>
  /** All is copied and compared: folders are renamed, and no start may come between. */
  readonly isSwitching?: true
  /** The report of what was compared by then, as people are told it. */
  readonly compared?: string
}

export type EnginesFile = EngineNames & {
  /** When the last move ended, as a date. */
  readonly movedAt?: string
  /** Folders with what was before it. */
  readonly kept?: readonly string[]
  readonly move?: MovePlan
}

const fileOf = (dataDir: string): string => join(dataDir, 'engines.json')

export const enginesOf = ({ kafka, postgres }: Pick<Config, 'kafka' | 'postgres'>): EngineNames => ({
  log: kafka === undefined ? 'embedded' : 'kafka',
  tables: postgres === undefined ? 'embedded' : 'postgres',
})

/** Undefined for a folder that was never moved. Throws Outage ENGINES_UNREADABLE. */
export function readEngines(dataDir: string): EnginesFile | undefined {
  const file = fileOf(dataDir)
  if (!existsSync(file)) return undefined
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isEngines(found)) return found
  } catch {
    // Told below, as any other that says nothing.
  }
  throw new Outage(
    'ENGINES_UNREADABLE',
    `${file} does not say where the log and the tables of this folder are: restore it from a backup, or remove it if you know that the settings name the right ones.`,
    { retryable: false },
  )
}

const isEngines = (found: unknown): found is EnginesFile =>
  typeof found === 'object' &&
  found !== null &&
  'log' in found &&
  (found.log === 'embedded' || found.log === 'kafka') &&
  'tables' in found &&
  (found.tables === 'embedded' || found.tables === 'postgres')

/** Durable when it returns; whoever ends in the middle leaves the file of before. */
export function writeEngines(dataDir: string, engines: EnginesFile): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  replaceFile(fileOf(dataDir), `${JSON.stringify(engines, null, 2)}\n`)
}

/** Forgets a move that has not ended. A folder that was never moved says nothing then. */
export function forgetMove(dataDir: string, { log, tables, movedAt, kept }: EnginesFile): void {
  if (movedAt !== undefined) {
    writeEngines(dataDir, { log, tables, movedAt, ...(kept === undefined ? {} : { kept }) })
    return
  }
  rmSync(fileOf(dataDir), { force: true })
  syncFolder(dataDir)
}

const settingOf = { log: 'ROADSTREAM_KAFKA', tables: 'ROADSTREAM_POSTGRES' } as const
const nameOf = {
  log: { embedded: 'the embedded event log', kafka: 'Kafka' },
  tables: { embedded: 'the embedded database', postgres: 'a PostgreSQL server' },
} as const

const nameIn = (part: EnginePart, engine: string): string =>
  (nameOf[part] as Readonly<Record<string, string>>)[engine] ?? engine

/** Throws Outage ENGINE_ELSEWHERE where the settings name another engine for it than the one that
 *  holds it. */
export function refuseElsewhere(config: Pick<Config, 'dataDir' | 'kafka' | 'postgres'>, part: EnginePart): void {
  const engines = readEngines(config.dataDir)
  if (engines === undefined) return
  if (engines.move?.isSwitching === true)
    throw elsewhere(
      `A move of ${config.dataDir} to ${engines.move.to} is at its last step: give the same \`roadstream move\` again, which ends it in a moment.`,
    )
  const [is, wanted] = [engines[part], enginesOf(config)[part]]
  if (is === wanted) return
  const what = part === 'log' ? 'The event log' : 'The tables'
  const setting = settingOf[part]
  const [here, there] = [nameIn(part, is), nameIn(part, wanted)]
  if (engines.move !== undefined)
    throw elsewhere(
      `${what} of ${config.dataDir} are on their way to ${engines.move.to}, and until that move has ended ${setting} is as it was: end it by the same \`roadstream move\`, or start with the settings of before.`,
    )
  const kept = (engines.kept ?? []).join(', ')
  throw elsewhere(
    `${what} of ${config.dataDir} went to ${here} with the move of ${engines.movedAt ?? 'before'}, and ${setting} names ${there}: give the settings of that move, or move back by \`roadstream move --to FILE\`.${kept === '' ? '' : ` What was before it is in ${kept}: docs/moving.md says how to go back to that.`} To begin with empty ones instead, remove engines.json there.`,
  )
}

/** Says whether the settings name the engines that a moved folder is on; nothing of one that never
 *  was. */
export const examineEngines = (config: Pick<Config, 'dataDir' | 'kafka' | 'postgres'>): Examination => ({
  name: 'engines',
  look: async () => {
    const engines = readEngines(config.dataDir)
    if (engines === undefined) return []
    for (const part of ['log', 'tables'] as const) refuseElsewhere(config, part)
    const { ok, warning } = findingsOf('engines')
    const { log, tables, move } = engines
    const names = `${nameOf.log[log]} and ${nameOf.tables[tables]}`
    return move === undefined
      ? [ok(names)]
      : [warning(`${names}; a move to ${move.to} has not ended`, 'give the same `roadstream move` again, or --give-up')]
  },
})

const elsewhere = (message: string): Outage => new Outage('ENGINE_ELSEWHERE', message, { retryable: false })
