// `npm run bench`: runs the programs of this folder one after the other and prints their figures
// with machine and date; with `--before REVISION` each by turns with that state of the project.
import { globSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { basename } from 'node:path'
import { checkOut, compareByTurns, type StateBefore } from './support/by-turns.ts'

/** The exports of every program of this folder. `takesTurns`: it compares with the state before by
 *  itself. */
type Program = { readonly title: string; readonly takesTurns?: boolean; run(options?: RunOptions): Promise<void> }
type Options = {
  readonly minutes?: number
  readonly threads?: number
  readonly rounds?: number
  readonly times?: number
  readonly rate?: number
  readonly kills?: number
  readonly away?: number
  readonly cars?: number
  readonly samples?: number
  readonly only?: string
}
type RunOptions = Options & { readonly before?: StateBefore }

/** Of a comparison with the state before. */
const roundsUsually = 5

const programs = (): string[] =>
  globSync('*.ts', { cwd: import.meta.dirname })
    .map((file) => basename(file, '.ts'))
    .filter((name) => name !== 'main' && !name.includes('.'))
    .sort()

const load = async (name: string): Promise<Program> =>
  (await import(new URL(`./${name}.ts`, import.meta.url).href)) as Program

/** `--minutes N` is for the programs that run for a stated time, `--threads N` for the one that
 *  compares threads, `--rounds N` for `--before`, `--times N`, `--rate N` and `--cars N` for those
 *  that break a system, `--kills N` and `--away N` for the one that compares bridges, `--samples N`
 *  for reports. */
const numbers = {
  rounds: 'a number of rounds above 1, such as --rounds 5',
  minutes: 'a number of minutes above 0, such as --minutes 60',
  threads: 'a number of threads above 1, such as --threads 2',
  times: 'a number of times, such as --times 20',
  rate: 'a number of messages a second above 1, such as --rate 5000',
  kills: 'a number of kills, such as --kills 20; with 0 none is tried',
  away: 'a number of seconds, such as --away 150; with 0 it is not tried',
  cars: 'a number of cars above 1, such as --cars 2000',
  samples: 'a number of stored samples, such as --samples 3000000',
}
type NumberName = keyof typeof numbers

/** Of whole numbers; 2 of the others. */
const least: { readonly [Name in NumberName]?: number } = { kills: 0, away: 0, times: 1 }

const isRight = (name: NumberName, value: number): boolean =>
  name === 'minutes' ? value > 0 : Number.isInteger(value) && value >= (least[name] ?? 2)

const words = {
  before: 'a revision, such as --before HEAD~1',
  only: 'a part of the names of rows, such as --only link-cut',
}

function optionsOf(args: readonly string[]): {
  readonly names: readonly string[]
  readonly options: Options
  readonly before: string | undefined
  readonly fault: string | undefined
} {
  let names = args
  const texts: { [Name in keyof typeof words]?: string } = {}
  for (const [name, wanted] of Object.entries(words) as [keyof typeof words, string][]) {
    const at = names.indexOf(`--${name}`)
    if (at < 0) continue
    const value = names[at + 1]
    names = names.toSpliced(at, 2)
    if (value === undefined || value.startsWith('-'))
      return { names, options: {}, before: undefined, fault: `--${name} takes ${wanted}` }
    texts[name] = value
  }
  const { before, only } = texts
  const options: { [Name in NumberName]?: number } & { only?: string } = only === undefined ? {} : { only }
  for (const [name, wanted] of Object.entries(numbers) as [NumberName, string][]) {
    const at = names.indexOf(`--${name}`)
    if (at < 0) continue
    const value = Number(names[at + 1])
    if (!isRight(name, value)) return { names, options, before, fault: `--${name} takes ${wanted}` }
    options[name] = value
    names = names.toSpliced(at, 2)
  }
  return { names, options, before, fault: undefined }
}

export async function bench(given: readonly string[]): Promise<number> {
  const known = programs()
  const { names: args, options, before, fault } = optionsOf(given)
  if (fault !== undefined) {
    process.stderr.write(`roadstream: ${fault}.\n`)
    return 2
  }
  if (args.includes('--list')) {
    for (const name of known) process.stdout.write(`${name.padEnd(16)} ${(await load(name)).title}\n`)
    return 0
  }
  const unknown = args.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(
      `roadstream: there is no program ${unknown.map((name) => `"${name}"`).join(', ')} in bench/; there are ${known.join(', ')}.\n`,
    )
    return 2
  }
  const cores = cpus()
  process.stdout.write(
    `${new Date().toISOString().slice(0, 10)}  ${cores.length} × ${cores[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}\n`,
  )
  using state = before === undefined ? undefined : checkOut(before)
  for (const name of args.length > 0 ? args : known) {
    const { title, run, takesTurns = false } = await load(name)
    process.stdout.write(`\n${name}: ${title}\n`)
    if (state === undefined) await run(options)
    else if (takesTurns) await run({ rounds: roundsUsually, ...options, before: state })
    else compareByTurns(name, state, options.rounds ?? roundsUsually)
  }
  return 0
}
