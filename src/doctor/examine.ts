// Examinations one after the other, each within a time limit: a disk or a server that hangs is told
// as such, and the others are still looked at.
import { Outage } from '../base/errors.ts'
import { isOfSystem, remedyOf } from '../base/folder-fault.ts'
import { findingsOf, type Examination, type Finding, type FindingState } from '../base/finding.ts'
import { openTimeLimit } from '../base/time-limit.ts'

/** Longer than the limits of drivers, so that those say what they waited for where they can. */
const examinationMsMax = 20_000

export type Examined = {
  readonly findings: readonly Finding[]
  /** Of one of them nothing came in time, and it may never end. */
  readonly isLate: boolean
}

/** `told` is called with each finding as it is made. One by one, since the load that one makes
 *  would be measured by another. */
export async function examine(
  examinations: readonly Examination[],
  told: (finding: Finding) => void,
  limitMs = examinationMsMax,
): Promise<Examined> {
  const findings: Finding[] = []
  let isLate = false
  for (const { name, look } of examinations) {
    using limit = openTimeLimit(limitMs)
    const found = await Promise.race([findingsBy(name, look), limit.passed])
    isLate ||= found === undefined
    for (const finding of found ?? [hanging(name, limitMs)]) {
      findings.push(finding)
      told(finding)
    }
  }
  return { findings, isLate }
}

async function findingsBy(name: string, look: Examination['look']): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    const { problem } = findingsOf(name)
    if (error instanceof Outage) return [problem(error.message)]
    if (isOfSystem(error)) return [problem(error.message, remedyOf(error))]
    throw error
  }
}

const hanging = (name: string, limitMs: number): Finding =>
  findingsOf(name).problem(
    `no answer within ${limitMs / 1000} s: it hangs`,
    'see whether that disk or server answers anybody; processes of this machine that wait for a disk have the state D in `ps`',
  )

const severity: Readonly<Record<FindingState, number>> = { ok: 0, unknown: 1, warning: 1, problem: 2 }

/** 0 all is well, 1 something is worth a look or not known, 2 something is wrong. */
export const severityOf = (findings: readonly Finding[]): number =>
  Math.max(0, ...findings.map(({ state }) => severity[state]))
