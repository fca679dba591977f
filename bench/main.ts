// `npm run bench`: runs the programs of this folder one after the other and prints their figures with machine and date.
import { globSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { basename } from 'node:path'

/** What every program of this folder exports. */
type Program = { readonly title: string; run(options?: { readonly minutes?: number }): Promise<void> }

const programs = (): string[] =>
  globSync('*.ts', { cwd: import.meta.dirname })
    .map((file) => basename(file, '.ts'))
    .filter((name) => name !== 'main' && !name.includes('.'))
    .sort()

const load = async (name: string): Promise<Program> => (await import(new URL(`./${name}.ts`, import.meta.url).href)) as Program

/** `--minutes N` is for the programs that run for a stated time. */
function minutesOf(args: readonly string[]): { readonly names: string[]; readonly minutes: number | undefined } {
  const at = args.indexOf('--minutes')
  if (at < 0) return { names: [...args], minutes: undefined }
  return { names: args.toSpliced(at, 2), minutes: Number(args[at + 1]) }
}

export async function bench(given: readonly string[]): Promise<number> {
  const known = programs()
  const { names: args, minutes } = minutesOf(given)
  if (minutes !== undefined && !(minutes > 0)) {
    process.stderr.write('roadstream: --minutes takes a number of minutes above 0, such as --minutes 60.\n')
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
  for (const name of args.length > 0 ? args : known) {
    const { title, run } = await load(name)
    process.stdout.write(`\n${name}: ${title}\n`)
    await run(minutes === undefined ? {} : { minutes })
  }
  return 0
}
