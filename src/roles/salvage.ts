// `salvage`: a damaged event log into a new one, with what can still be read. The damaged one is
// kept beside it.
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { lockFolder } from '../base/folder-lock.ts'
import { syncFolder } from '../base/sync-folder.ts'
import { salvageTools } from '../compose/adapters.ts'
import type { Config } from '../config/config.ts'

const help = `roadstream salvage: when the event log is damaged, copies what can still be read into a new log.

  The damaged folder is kept beside the new one, under a name with the date. What jobs had derived is set aside as well when it
  is damaged, and derived again from the log. Stop Roadstream first.
`

export type SalvageDeps = {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  readonly now: () => number
}

/** The command. Exit codes: 0 nothing is damaged or all was done, 2 called wrongly; an Outage
 *  says what else went wrong. */
export async function salvageCommand(
  args: readonly string[],
  config: Config,
  { print, complain, now }: SalvageDeps,
): Promise<number> {
  if (args.length > 0) {
    const isHelp = args.length === 1 && (args[0] === '--help' || args[0] === '-h')
    ;(isHelp ? print : complain)(
      isHelp ? help : `roadstream salvage takes no arguments: ROADSTREAM_DATA names the data folder.\n${help}`,
    )
    return isHelp ? 0 : 2
  }
  const { isWhole, salvageLog } = await salvageTools()
  const [uplink, derived] = ['log', 'derived'].map((name) => join(config.dataDir, name)) as [string, string]
  const stamp = new Date(now()).toISOString().replaceAll(/[:.]/g, '-')
  for (const dir of [uplink, derived]) {
    if (!existsSync(join(dir, 'data.mdb'))) continue
    await using lock = await lockFolder(dir)
    void lock
    if (isWhole(dir)) {
      print(`${dir} is whole.\n`)
      continue
    }
    const kept = `${dir}.damaged-${stamp}`
    if (dir === derived) {
      renameSync(dir, kept)
      syncFolder(config.dataDir)
      print(`${dir} was damaged: it is kept as ${kept}, and the next start derives it again from the log.\n`)
      continue
    }
    const fresh = `${dir}.salvaged-${stamp}`
    const salvage = await salvageLog(dir, fresh, { ...config.log, now })
    renameSync(dir, kept)
    renameSync(fresh, dir)
    syncFolder(config.dataDir)
    print(`${dir} was damaged: it is kept as ${kept}.\n${reportOf(salvage)}`)
  }
  return 0
}

type Salvage = Awaited<ReturnType<Awaited<ReturnType<typeof salvageTools>>['salvageLog']>>

function reportOf({ partitions, nameless, isListGone, state }: Salvage): string {
  const lines: string[] = []
  let kept = 0
  for (const { topic, partition, start, end, missing } of partitions) {
    kept += end - start
    for (const { from, to, isBound } of missing) {
      kept -= to - from
      lines.push(
        isBound
          ? `  missing  ${topic}/${partition}  offsets ${from} on, if there were any: nothing says where it ended, and new records go on at ${to}`
          : `  missing  ${topic}/${partition}  offsets ${from} to ${to - 1}`,
      )
    }
  }
  return [
    `  copied   ${kept} records, ${state.copied} entries of stored state`,
    ...lines,
    ...(nameless > 0 ? [`  missing  ${nameless} blocks of topics whose names are gone`] : []),
    ...(isListGone ? ['  missing  the list of topics: some that are not named here may have had records'] : []),
    ...(state.damaged > 0
      ? [`  missing  ${state.damaged} entries of stored state: sessions of clients, or what waited for them`]
      : []),
    ...(state.isWhole ? [] : ['  missing  what else was stored of sessions: pages that held it are damaged']),
    'Start Roadstream as usual: it reads the log from its beginning, and rows are replaced, not doubled.',
    '',
  ].join('\n')
}
