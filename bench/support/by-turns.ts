// A program of bench/ by turns with the state before: each round runs it once in a checkout of that
// state and once here, as whole processes, so that both meet the same machine. Figures are told
// apart by where they stand in what is printed.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/support/running-system.ts'
import { median } from './measured-process.ts'

const root = join(import.meta.dirname, '../..')
const numberPattern = /\d[\d,]*(?:\.\d+)?/g

export type StateBefore = Disposable & { readonly dir: string; readonly revision: string }

/** Checks `revision` out beside this tree and installs it; disposal removes it. Throws what git
 *  says when there is no such revision. */
export function checkOut(revision: string): StateBefore {
  const folder = temporaryFolder()
  const dir = join(folder.path, 'state')
  execFileSync('git', ['-C', root, 'worktree', 'add', '--quiet', '--detach', dir, revision], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  runIn(dir, ['help'])
  return {
    dir,
    revision,
    [Symbol.dispose]() {
      execFileSync('git', ['-C', root, 'worktree', 'remove', '--force', dir])
      folder[Symbol.dispose]()
    },
  }
}

function runIn(dir: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [join(dir, 'run.mjs'), ...args], {
    cwd: dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${args.join(' ')} in ${dir} ended with ${status}`)
  return stdout
}

type Sides = { readonly before: number[]; readonly now: number[] }
type Figures = Map<string, Sides[]>

/** Runs `name` so many times on each side, and prints the medians, the spread of the state before,
 *  and the ratio. */
export function compareByTurns(name: string, before: StateBefore, rounds: number): void {
  const figures: Figures = new Map()
  for (let round = 0; round < rounds; round += 1) {
    // Who comes first changes, so that neither always finds the machine warm.
    const order = round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const)
    for (const side of order) take(figures, side, runIn(side === 'before' ? before.dir : root, ['bench', name]))
  }
  process.stdout.write(`  medians of ${rounds} rounds by turns; before is ${before.revision}, its spread in brackets\n`)
  for (const [line, sides] of figures) {
    process.stdout.write(`  ${line}\n`)
    for (const [index, side] of sides.entries())
      if (isMeasured(side)) process.stdout.write(`    # ${String(index + 1).padStart(2)}  ${compared(side)}\n`)
  }
}

/** The numbers of each line, under the line with its numbers left out; lines that look alike are
 *  told apart by their order. */
function take(figures: Figures, side: keyof Sides, text: string): void {
  const seen = new Map<string, number>()
  // The first line names the machine and the date.
  for (const line of text.split('\n').slice(1)) {
    const numbers = line.match(numberPattern)
    if (numbers === null) continue
    const shape = line.trim().replaceAll(numberPattern, '#').replaceAll(/ {2,}/g, '  ')
    const count = (seen.get(shape) ?? 0) + 1
    seen.set(shape, count)
    const key = count === 1 ? shape : `${shape}   (${count})`
    const sides = figures.get(key) ?? numbers.map((): Sides => ({ before: [], now: [] }))
    figures.set(key, sides)
    for (const [index, number] of numbers.entries()) sides[index]?.[side].push(Number(number.replaceAll(',', '')))
  }
}

/** Numbers that are always the same belong to the words of the line. */
const isMeasured = ({ before, now }: Sides): boolean =>
  before.length > 0 && now.length > 0 && new Set([...before, ...now]).size > 1

function compared({ before, now }: Sides): string {
  const was = median(before)
  const is = median(now)
  const spread = `[${Math.min(...before)} to ${Math.max(...before)}]`
  return `before ${String(was).padStart(10)} ${spread.padEnd(24)} now ${String(is).padStart(10)}   ${was === 0 ? '' : `× ${(is / was).toFixed(3)}`}`
}
