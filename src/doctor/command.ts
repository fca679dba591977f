// `roadstream doctor`: everything the configured system stands on, looked at from outside, whether
// it runs or not. Each line is a finding in plain words, with the remedy below it.
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../base/clock.ts'
import type { Examination, Finding } from '../base/finding.ts'
import { version } from '../base/version.ts'
import { openEngineExaminations } from '../compose/adapters.ts'
import type { Config } from '../config/config.ts'
import { complain } from '../roles/process-life.ts'
import { brokerExamination } from './broker.ts'
import { certificateExaminations } from './certificates.ts'
import { dataFolderExamination } from './data-folder.ts'
import { diskExamination } from './disk.ts'
import { examine, severityOf } from './examine.ts'
import { portsExamination } from './ports.ts'
import { processExamination } from './process-limits.ts'
import { findRunningSystem } from './running-system.ts'

const help = `roadstream doctor [--json]: looks at all that the settings name, and says what is wrong and how to mend it.

  Before a start, or beside a system that runs, with the settings of that system. It changes nothing.
  --json   one object for programs (docs/operations.md)

  Exit codes: 0 all is well, 1 something is worth a look or could not be looked at, 2 something is wrong, 64 wrong usage.
`

/** Wrong usage as sysexits.h has it, since 2 has a meaning here. */
const usageCode = 64
/** For the last lines of the output. */
const leaveMs = 300

/** The command. */
export async function doctor(args: readonly string[], config: Config): Promise<number> {
  const options = parseOptions(args)
  if (typeof options === 'string') return complain(options, usageCode)
  if (options.help) {
    process.stdout.write(help)
    return 0
  }
  const told = options.json ? (): void => {} : (finding: Finding): void => void process.stdout.write(lineOf(finding))
  const { findings, isLate } = await examine(await examinationsOf(config), told)
  process.stdout.write(options.json ? `${JSON.stringify(reportOf(findings), undefined, 2)}\n` : summaryOf(findings))
  if (isLate) {
    // A thread that waits for a disk would hold up any other end.
    await wait(leaveMs)
    process.kill(process.pid, 'SIGKILL')
  }
  return severityOf(findings)
}

async function examinationsOf(config: Config): Promise<readonly Examination[]> {
  const engines = await openEngineExaminations(config)
  const system = await findRunningSystem(config.dataDir, engines.openers)
  return [
    dataFolderExamination(config, system),
    diskExamination(config),
    ...engines.examinations,
    ...brokerExamination(config),
    ...certificateExaminations(config, systemClock),
    portsExamination(config, system),
    processExamination(system),
  ]
}

const signs = { ok: 'ok       ', warning: 'warning  ', problem: 'PROBLEM  ', unknown: 'unknown  ' } as const
const indent = ' '.repeat(signs.ok.length)

function lineOf({ name, state, says, remedy }: Finding): string {
  const told = `${name}: ${says}`.replaceAll('\n', `\n${indent}`)
  return `${signs[state]}${told}\n${remedy === undefined ? '' : `${indent}→ ${remedy}\n`}`
}

const words = ['All is well.', 'Something is worth a look, or could not be looked at.', 'Something is wrong.'] as const
const summaryOf = (findings: readonly Finding[]): string => `\n${words[severityOf(findings)] ?? ''}\n`

const reportOf = (findings: readonly Finding[]) => ({
  version,
  state: (['ok', 'warning', 'problem'] as const)[severityOf(findings)],
  findings,
})

function parseOptions(args: readonly string[]): { readonly json: boolean; readonly help: boolean } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    })
    return { json: values.json === true, help: values.help === true }
  } catch (error) {
    return `${(error as Error).message}\n${help}`
  }
}
