// `move --to FILE`: the log, the tables, or both, from the engines of the settings to those that
// the file names, while nothing runs.
//
//   begun ──► logs copied ──► compared ──► state carried ──► tables copied, compared ──► positions said anew
//                                            ──► switching: folders renamed ──► engines.json says where all is
//
// What goes: every record with its place in its partition and all its instants, the append time
// too, so that a derivation from the moved log gives what one from the other gave. The state of the
// jobs and what they derived go as they are, with the positions in them said anew: nothing is
// derived again, and results older than the log stay. Rows go as PostgreSQL's own text, users among
// them. Sessions of clients, retained messages and the translator's memory are beside the log that
// is filled, in its form; secrets stay in the data folder.
//
// Invariants: what is moved is read and not changed, and put aside at the end; what is filled is
// used by nobody before all is there and compared. So the process may end anywhere: up to
// `switching` the settings of before hold, and the same command goes on, by what is in the target.
// Tables that stay where they are have the places of their writers said anew last of all; who
// starts with the settings of before all the same reads the log of before again, which doubles no
// row.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { join } from 'node:path'
import { Outage } from '../base/errors.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import {
  fillingFolders,
  foldersOf,
  openersOfLogs,
  openLogs,
  openMovableTables,
  tablesTool,
  type OpenedLogs,
} from '../compose/adapters.ts'
import { openCarriedState } from '../compose/carried-state.ts'
import {
  enginesOf,
  forgetMove,
  readEngines,
  refuseElsewhere,
  writeEngines,
  type EnginePart,
  type EnginesFile,
  type MovePlan,
} from '../compose/engines-file.ts'
import { movableSettings, readConfig, type Config } from '../config/config.ts'
import { readEnginesList } from '../config/engines-list.ts'
import { addressText } from '../config/setting.ts'
import { derivedLogTopics, sessionsTopic, uplinkTopics } from '../eventlog/topics.ts'
import { jobs } from '../jobs/jobs.ts'
import { moveLogs, refuseUsed, partitionStarts, type LogToMove, type MovedLogs } from './move-log.ts'
import { isRegrouping, regroupLogs } from './regroup.ts'
import { openReport, type Report } from './report.ts'
import { switchFolders } from './switch.ts'

const help = `roadstream move --to FILE: carries the event log, the tables, or both to other engines, and back.

  FILE holds the settings of the engines afterwards, NAME=value, a line each: ROADSTREAM_KAFKA… and ROADSTREAM_POSTGRES….
  Those that are not in it are unset: an empty file is the embedded engines. ROADSTREAM_LOG_PARTITIONS may stand there as well,
  to change the number of partitions. All else, and where everything is now, is as the settings say. Stop Roadstream first. A move that was cut short goes on with the same command. docs/moving.md says more.

  --give-up   a move that has not ended is given up: all stays where it is, and what was filled of the data folder goes
`

export type MoveDeps = {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  readonly now: () => number
  readonly steady: () => number
  readonly logger: Logger
}

type Env = Readonly<Record<string, string | undefined>>
type Move = {
  readonly config: Config
  readonly target: Config
  readonly plan: MovePlan
  readonly logger: Logger
  readonly report: Report
}

/** The command. Exit codes: 0 all was moved, 1 an outage cut it short, 2 called wrongly. */
export async function moveCommand(args: readonly string[], config: Config, env: Env, deps: MoveDeps): Promise<number> {
  const { print, complain, now, steady, logger } = deps
  const given = parseOptions(args)
  if ('fault' in given) {
    complain(`roadstream move: ${given.fault}\n${help}`)
    return 2
  }
  if (given.file === undefined) {
    print(given.isGivenUp ? await giveUp(config.dataDir) : help)
    return 0
  }
  const list = readEnginesList(given.file, movableSettings)
  const read = 'faults' in list ? undefined : readConfig(env, list.settings)
  if (read?.ok !== true) {
    const faults = 'faults' in list ? list.faults.join('\n') : read?.ok === false ? read.detail : ''
    complain(`roadstream move: these settings cannot be used:\n${faults.replaceAll(/^/gm, '  ')}\n`)
    return 2
  }
  const target = read.value
  const parts = partsOf(config, target)
  const fault = faultOf(config, target, parts, given.file)
  if (fault !== undefined) {
    complain(`roadstream move: ${fault}\n`)
    return 2
  }
  const report = openReport(print, steady)
  try {
    const plan = planOf(config, target, parts, now())
    const move = { config, target, plan, logger, report }
    if (plan.isSwitching !== true) await moveAll(move)
    // A move that was cut short in its last step has nothing left to compare.
    const compared = plan.compared ?? report.text()
    const kept = end(move, compared, now())
    print(`\nMoved to ${plan.to}, and compared whole:\n${compared}\n${farewell(kept, given.file)}`)
    return 0
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    complain(`roadstream move: ${error.message}\n`)
    if (error.retryable)
      complain(
        'The move has not ended, and nothing of before has changed. Give the same command again: it goes on where it was.\n',
      )
    return 1
  }
}

type Options = { readonly file: string | undefined; readonly isGivenUp: boolean }

/** Without a file and not given up: help is asked for. */
function parseOptions(args: readonly string[]): Options | { readonly fault: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { to: { type: 'string' }, 'give-up': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help === true) return { file: undefined, isGivenUp: false }
    const isGivenUp = values['give-up'] === true
    if (isGivenUp === (values.to !== undefined)) return { fault: 'give either --to FILE or --give-up' }
    return { file: values.to, isGivenUp }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

/** Says what became of it. Rejects with MOVE_UNDER_WAY where its last step has begun. */
async function giveUp(dataDir: string): Promise<string> {
  const engines = readEngines(dataDir)
  if (engines?.move?.isSwitching === true)
    throw new Outage(
      'MOVE_UNDER_WAY',
      `All is moved to ${engines.move.to}, but for the last step: end it by the same move, and move back then.`,
      { retryable: false },
    )
  await using lock = await lockFolder(join(dataDir, 'log'))
  void lock
  // They may also be of a try that was refused before it had begun.
  for (const folder of fillingFolders) rmSync(join(dataDir, folder), { recursive: true, force: true })
  if (engines?.move === undefined) return `No move of ${dataDir} is under way.\n`
  forgetMove(dataDir, engines)
  return `The move to ${engines.move.to} is given up, and all is where it was. Topics and tables it had begun to fill on other servers are still there: remove them, or name another prefix and database for the next move.\n`
}

const partsOf = (config: Config, target: Config): readonly EnginePart[] => {
  const [is, becomes] = [enginesOf(config), enginesOf(target)]
  const isRegrouped = config.log.partitions !== target.log.partitions
  return (['log', 'tables'] as const).filter((part) => is[part] !== becomes[part] || (part === 'log' && isRegrouped))
}

function faultOf(config: Config, target: Config, parts: readonly EnginePart[], file: string): string | undefined {
  const isOther = (is: unknown, becomes: unknown): boolean =>
    is !== undefined && becomes !== undefined && !isDeepStrictEqual(is, becomes)
  if (isOther(config.kafka?.form.prefix, target.kafka?.form.prefix) || isOther(placeOf(config), placeOf(target)))
    return `${file} names another Kafka prefix or PostgreSQL database than the settings: from one to another of the same kind nothing is moved. Move to the embedded engine first (leave it out of ${file}), and from there on.`
  if (config.log.partitions !== target.log.partitions && config.kafka !== undefined && target.kafka !== undefined)
    return `${file} names another number of partitions, and the log is on Kafka before and after: move it to the embedded engine with that number (leave ROADSTREAM_KAFKA out of ${file}), and from there to topics of another ROADSTREAM_KAFKA_PREFIX.`
  if (parts.length === 0) return `${file} names the engines that hold all of it already: there is nothing to move.`
  return undefined
}

const placeOf = ({ postgres }: Config): string | undefined =>
  postgres && `${addressText(postgres)}/${postgres.database}`

function whereOf(config: Config, target: Config, parts: readonly EnginePart[]): string {
  const { kafka } = target
  const { partitions } = target.log
  const place =
    kafka === undefined
      ? 'the embedded event log'
      : `Kafka at ${kafka.servers.brokers.map(addressText).join(',')} (${kafka.form.prefix})`
  const log = partitions === config.log.partitions ? place : `${place} in ${partitions} partitions`
  const tables = placeOf(target) ?? 'the embedded database'
  return [...(parts.includes('log') ? [log] : []), ...(parts.includes('tables') ? [tables] : [])].join(' and ')
}

/** The plan, of an earlier try where there is one. */
function planOf(config: Config, target: Config, parts: readonly EnginePart[], now: number): MovePlan {
  const { dataDir } = config
  const earlier = readEngines(dataDir)?.move
  const to = whereOf(config, target, parts)
  if (earlier !== undefined && (earlier.to !== to || !isDeepStrictEqual(earlier.parts, parts)))
    throw new Outage(
      'MOVE_UNDER_WAY',
      `A move of ${dataDir} to ${earlier.to} was begun and has not ended: give its file again, or give it up by \`roadstream move --give-up\`.`,
      { retryable: false },
    )
  if (earlier?.isSwitching === true) return earlier
  for (const part of ['log', 'tables'] as const) refuseElsewhere(config, part)
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, '-')
  return earlier ?? { id: randomBytes(8).toString('hex'), parts, to, stamp }
}

/** All but the last step. */
async function moveAll(move: Move): Promise<void> {
  const { config, target, plan, logger, report } = move
  const { dataDir } = config
  await using stack = new AsyncDisposableStack()
  for (const folder of ['log', 'derived']) stack.use(await lockFolder(join(dataDir, folder)))
  const [opener] = await openersOfLogs(dataDir)
  if (opener !== undefined)
    throw new Outage(
      'STORE_IN_USE',
      `The process ${opener} has the log of ${dataDir} open: stop it first. If it is none of Roadstream's, remove the files opened-by-${opener} there.`,
      { retryable: false },
    )
  // Everything that is filled is looked at before anything is.
  const from = stack.use(await openMovableTables(config, logger))
  const into = plan.parts.includes('tables') ? stack.use(await openMovableTables(target, logger, plan.id)) : undefined
  const logs = plan.parts.includes('log') ? await openPairs(move, stack) : []
  const begun = await checkedPlan(plan, logs)
  writeEngines(dataDir, { ...readEngines(dataDir), ...enginesOf(config), move: begun })

  const sinks = await from.positions()
  const moved = await carryLogs(logs, begun, sinks, report)
  if (into !== undefined) await copyRows(from, into, report)
  await moved?.refuseGrown()
  if (!isDeepStrictEqual(await from.positions(), sinks))
    throw new Outage(
      'MOVE_SOURCE_CHANGED',
      `Something wrote to ${from.place} meanwhile: stop it, and begin the move again.`,
      { retryable: false },
    )
  await putPositions(into ?? from, sinks, moved)
  report.sinks(Object.keys(sinks).length)
  report.begins('closing and switching')
}

type Tables = Awaited<ReturnType<typeof openMovableTables>>
type Sinks = Awaited<ReturnType<Tables['positions']>>

async function putPositions(tables: Tables, sinks: Sinks, logs: MovedLogs | undefined): Promise<void> {
  const moved = Object.fromEntries(
    Object.entries(sinks).map(([sink, positions]) => [sink, logs?.moved(positions) ?? positions]),
  )
  await tables.putPositions(moved)
  if (!isDeepStrictEqual(await tables.positions(), moved))
    throw new Outage('MOVE_DIFFERS', `The places of the writers in ${tables.place} are not what was put there.`, {
      retryable: true,
    })
}

const topicsOf = {
  uplink: uplinkTopics.map(({ name }) => name),
  derived: [...new Set([...derivedLogTopics, ...jobs.flatMap(({ writes }) => writes)].map(({ name }) => name))],
} as const

async function openPairs({ config, target, logger }: Move, stack: AsyncDisposableStack): Promise<LogToMove[]> {
  const logs: LogToMove[] = []
  for (const name of ['uplink', 'derived'] as const) {
    const topics = name === 'derived' ? jobs.flatMap(({ writes }) => writes) : []
    const from = stack.use(await openLogs(config, name, logger, { topics, moving: 'from' }))
    const to = stack.use(await openLogs(target, name, logger, { topics, moving: 'to' }))
    const logToMove = { name, topics: topicsOf[name], from, to }
    logs.push(name === 'derived' ? logToMove : await withSessions(logToMove, { config, target, logger }, stack))
  }
  return logs
}

type Uplink = Omit<LogToMove, 'from' | 'to'> & Readonly<Record<'from' | 'to', OpenedLogs>>

/** With the state beside the uplink in the one form that both have. */
async function withSessions(
  uplink: Uplink,
  { config, target, logger }: Pick<Move, 'config' | 'target' | 'logger'>,
  stack: AsyncDisposableStack,
): Promise<LogToMove> {
  const { from, to } = uplink
  const state = stack.use(await openCarriedState(config, from, { logger }))
  const filled = stack.use(await openCarriedState(target, to, { logger, filledWith: state.tasks() }))
  const told = (key: string): string => `a message that waits for a session, ${JSON.stringify(key)}`
  return {
    ...uplink,
    from: { log: from.log, state },
    to: { log: to.log, take: to.take, state: filled },
    stateTopics: to.isSplit ? [sessionsTopic.name] : [],
    unreadable: () => Array.from(state.unreadable, told),
  }
}

/** With the logs that are filled, which are new or those that an earlier try began to fill. */
async function checkedPlan(plan: MovePlan, logs: readonly LogToMove[]): Promise<MovePlan> {
  const [uplink, derived] = logs.map(({ to }) => to.log.id)
  if (uplink === undefined || derived === undefined) return plan
  const ids = { uplink, derived }
  if (plan.logs === undefined) await refuseUsed(logs, plan.to)
  else if (!isDeepStrictEqual(ids, plan.logs))
    throw new Outage(
      'MOVE_TARGET_CHANGED',
      `The log at ${plan.to} is another one than this move began to fill: give the move up (\`roadstream move --give-up\`), and begin it again.`,
      { retryable: false },
    )
  return { ...plan, logs: ids, starts: plan.starts ?? (await partitionStarts(logs)) }
}

async function carryLogs(
  logs: readonly LogToMove[],
  { starts = {} }: MovePlan,
  sinks: Sinks,
  report: Report,
): Promise<MovedLogs | undefined> {
  if (logs.length === 0) return undefined
  report.begins('copying and comparing the logs')
  return isRegrouping(logs)
    ? regroupLogs(logs, starts, sinks, report)
    : moveLogs(logs, starts, Object.values(sinks), report)
}

async function copyRows(from: Tables, into: Tables, report: Report): Promise<void> {
  report.begins('copying the tables')
  const { copyInto } = await tablesTool()
  await copyInto(from, into, report.copiedRows)
  report.begins('comparing the tables')
  const [there, here] = [await from.sums(), await into.sums()]
  for (const [table, sum] of Object.entries(there)) {
    if (!isDeepStrictEqual(sum, here[table]))
      throw new Outage(
        'MOVE_DIFFERS',
        `After the copy the table ${table} is not the same: ${sum.rows} rows in ${from.place} and ${here[table]?.rows ?? 'none'} in ${into.place}. Something else wrote to one of the two: give the move up (\`roadstream move --give-up\`), and begin it again.`,
        { retryable: false },
      )
    report.compares(table, sum.rows, sum.digest)
  }
}

/** The last step; gives the folders of before. */
function end({ config, target, plan }: Move, compared: string, now: number): readonly string[] {
  const { dataDir } = config
  const of = (side: Config) => plan.parts.flatMap((part) => foldersOf(side, part))
  const engines = readEngines(dataDir)
  const switching: MovePlan = { ...engines?.move, ...plan, isSwitching: true, compared }
  writeEngines(dataDir, { ...engines, ...enginesOf(config), move: switching })
  const kept = switchFolders(dataDir, plan.stamp, of(config), of(target))
  const done: EnginesFile = { ...enginesOf(target), movedAt: new Date(now).toISOString(), kept }
  writeEngines(dataDir, done)
  return kept
}

const farewell = (kept: readonly string[], file: string): string =>
  [
    `Start Roadstream with the settings of ${file} from now on; with those of before it does not start.`,
    ...(kept.length === 0
      ? []
      : [`What was before is in ${kept.join(', ')} of the data folder: remove it once you trust what is new.`]),
    '',
  ].join('\n')
