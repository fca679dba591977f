// The log as `doctor` looks at it: by our own reading of its pages and never through LMDB, so that
// nothing is changed, be it open elsewhere or damaged.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { steadyClock, type Clock } from '../../base/clock.ts'
import { countText, findingsOf, sizeText, type Examination, type Finding } from '../../base/finding.ts'
import type { Damage } from '../event-log.ts'
import { createLogClock, plausibleMs, type LogClockState } from '../log-clock.ts'
import { checkFile } from './check-file.ts'
import { damageKey } from './damage.ts'
import { formatFault } from './environment.ts'
import { formatKey, parseFormat, sealedVersion, type Format } from './format.ts'
import { openPageFile } from './page-file.ts'
import { entriesOf, namedTrees, newestMeta, newWalk } from './page-tree.ts'
import { unseal } from './sealed-values.ts'
import { clockJumpRemedy, clockKey, lengthText } from './stored-clock.ts'

export type LogExamination = {
  /** As in the settings. */
  readonly dir: string
  readonly name: string
  readonly partitions: number
  readonly wall: Clock
}

/** A gigabyte takes about a second; the rest of a larger log is read when it is needed. */
const lookMsMax = 3_000
const readsMost = 3

export const examineLog = (options: LogExamination): Examination => ({
  name: options.name,
  look: () => Promise.resolve(findings(options)),
})

function findings({ dir, name, partitions, wall }: LogExamination): readonly Finding[] {
  const { ok, problem } = findingsOf(name)
  const file = join(dir, 'data.mdb')
  if (!existsSync(file) || statSync(file).size === 0) return [ok(`${dir} has none yet; the first start makes it`)]
  const check = checkFile(dir, lookMsMax)
  const [fault] = check.faults
  if (fault !== undefined)
    return [
      problem(
        `${dir} is damaged: page ${fault.page} of data.mdb: ${fault.what}${check.faults.length > 1 ? `, and ${check.faults.length - 1} more` : ''}`,
        'check the disk; then stop Roadstream, and `npm run roadstream -- salvage` copies what can still be read into a new log and keeps the damaged one beside it',
      ),
    ]
  const kept = readKept(file)
  if (kept?.format === undefined)
    return [problem(`${dir} does not say its format`, 'check the disk; then `npm run roadstream -- salvage`')]
  const wrong = formatFault(kept.format, partitions)
  if (wrong !== undefined) return [problem(`${dir}: ${wrong.what}`, wrong.remedy)]
  const looked = `${check.isWhole ? 'all' : 'the first'} ${countText(check.pages, 'page')} looked at`
  return [
    ok(
      `${dir}: format ${kept.format.version}, ${countText(kept.format.partitions, 'partition')}, ${sizeText(statSync(file).size)}; ${looked}`,
    ),
    ...(kept.damage.length === 0 ? [] : [damageFinding(name, kept.damage)]),
    ...(kept.clock === undefined ? [] : [clockFinding(`clock of the ${name}`, kept.clock, wall)]),
  ]
}

type Kept = { readonly format: Format | undefined; readonly damage: readonly Damage[]; readonly clock?: LogClockState }

/** The log's memory of itself. A page that changes while it is read is read again. */
function readKept(path: string): Kept | undefined {
  for (let read = 0; read < readsMost; read += 1) {
    const values = readMeta(path)
    if (values === undefined) continue
    const stored = values.get(formatKey.toString())
    const format = stored === undefined ? undefined : parseFormat(stored)
    const json = (key: Buffer): unknown => {
      const sealed = values.get(key.toString())
      if (sealed === undefined || format === undefined) return undefined
      const value = format.version < sealedVersion ? sealed : unseal(key, sealed)
      return value === undefined ? undefined : JSON.parse(Buffer.from(value).toString())
    }
    // oxlint-disable typescript/no-unsafe-type-assertion -- the seal says that it is what was stored
    const damage = (json(damageKey) ?? []) as readonly Damage[]
    const clock = json(clockKey) as LogClockState | undefined
    // oxlint-enable typescript/no-unsafe-type-assertion
    return { format, damage, ...(clock === undefined ? {} : { clock }) }
  }
  return undefined
}

/** The values of the tree `meta` by their keys; undefined when pages did not fit each other. */
function readMeta(path: string): ReadonlyMap<string, Buffer> | undefined {
  using file = openPageFile(path)
  const faults: { page: number; what: string }[] = []
  const meta = newestMeta(file, faults)
  if (meta === undefined || faults.length > 0) return undefined
  const never = (): boolean => false
  const walk = newWalk(file, meta)
  const tree = namedTrees(walk, ['meta', 'tasks', 'state', 'blocks'], never).get('meta')
  const values = new Map<string, Buffer>()
  if (tree !== undefined)
    for (const { key, value } of entriesOf(walk, tree, 'meta', never))
      values.set(key.toString(), value() ?? Buffer.alloc(0))
  return walk.faults.length === 0 && tree !== undefined ? values : undefined
}

function damageFinding(name: string, damage: readonly Damage[]): Finding {
  const topics = [...new Set(damage.map(({ topic }) => topic))].join(', ')
  const newest = new Date(Math.max(...damage.map(({ foundAt }) => foundAt))).toISOString()
  return findingsOf(`damage of the ${name}`).warning(
    `${countText(damage.length, 'range')} of offsets of ${topics} could not be read since it was made, the last found at ${newest}; they are read past`,
    'check the disk. What cars published then may be in a backup of before; nothing else needs to be done',
  )
}

/** The clock as the log would have it if it were opened now. */
function clockFinding(name: string, stored: LogClockState, wall: Clock): Finding {
  const { ok, warning } = findingsOf(name)
  let aheadMs: number | undefined
  const clock = createLogClock({
    wall,
    steady: steadyClock,
    stored,
    newestAt: 0,
    accept: false,
    onJump: (ms) => (aheadMs = ms),
  })
  clock.now()
  if (aheadMs === undefined) return ok('agrees with the clock of this machine')
  return warning(
    `the clock of this machine is ${lengthText(aheadMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} it${Math.abs(aheadMs) > plausibleMs ? ', which is not believed' : ''}`,
    clockJumpRemedy,
  )
}
