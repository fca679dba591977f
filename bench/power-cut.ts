// Power cuts of the event log: at moments of a trace of its calls, with nothing, all or any part of
// what was not synced on the disk; and the same with a disk that does not keep its word.
import { lies, remainders } from '../test/support/power-cut/disk.ts'
import { judgeCuts, traceRun, type CutReport, type TracedRun } from '../test/support/power-cut/run.ts'
import { noTrace } from '../test/support/power-cut/trace.ts'
import { temporaryFolder } from '../test/support/running-system.ts'

export const title = 'Event log: the power cut at moments of what it writes (--minutes N)'

const firstSeed = Number(process.env['SEED'] ?? 1)
const cutsEach = 1_000
const cutsOfLies = 60
const appends = 150

export async function run({ minutes = 1 }: { readonly minutes?: number } = {}): Promise<void> {
  if (noTrace !== false) {
    process.stdout.write(`  not run: ${noTrace}\n`)
    return
  }
  const until = performance.now() + minutes * 60_000
  const reports: CutReport[] = []
  const ofLies = new Map<string, CutReport[]>(lies.map((lie) => [lie, []]))
  let [runs, calls, bytes] = [0, 0, 0]
  do {
    using folder = temporaryFolder()
    const traced = await traceRun(folder.path, appends)
    const seed = firstSeed + runs
    reports.push(...(await cut(traced, seed)))
    for (const lie of lies) ofLies.get(lie)!.push(...(await judgeCuts({ ...traced, cuts: cutsOfLies, seed, lie })))
    runs += 1
    calls += traced.calls
    bytes = Math.max(bytes, traced.bytes)
  } while (performance.now() < until)
  process.stdout.write(
    `  ${runs} traces of ${Math.round(calls / runs)} calls, files of up to ${(bytes / 2 ** 20).toFixed(1)} MB, seeds ${firstSeed} to ${firstSeed + runs - 1}\n\n`,
  )
  process.stdout.write('  | on the disk of what was not synced | cuts | with a fault |\n  |---|---|---|\n')
  for (const remainder of [...remainders, 'mixed'] as const)
    row(remainder, reports.filter((report) => report.remainder === remainder)) // prettier-ignore
  row('in all', reports)
  for (const [lie, all] of ofLies) row(`the disk forgets a ${lie}`, all)
}

async function cut(traced: TracedRun, seed: number): Promise<CutReport[]> {
  const reports = await judgeCuts({ ...traced, cuts: cutsEach, seed })
  for (const { fault, index, remainder } of reports)
    if (fault !== undefined) process.stdout.write(`  seed ${seed}, call ${index}, ${remainder}: ${fault}\n`)
  return reports
}

function row(what: string, reports: readonly CutReport[]): void {
  const faults = reports.filter(({ fault }) => fault !== undefined).length
  process.stdout.write(`  | ${what} | ${reports.length.toLocaleString('en')} | ${faults.toLocaleString('en')} |\n`)
}
