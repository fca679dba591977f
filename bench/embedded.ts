// The embedded PostgreSQL server beside PGlite, which came before it: by turns, each in a process
// of its own on a new folder. To make it and to open it again, memory after the load, and rows.
import { temporaryFolder } from '../test/support/running-system.ts'
import { median, startNode, type Report } from './support/measured-process.ts'

export const title = 'Embedded database: PostgreSQL beside PGlite, by turns'

const roundsUsually = 3
const sides = ['pglite', 'server'] as const

export async function run({ rounds = roundsUsually }: { readonly rounds?: number } = {}): Promise<void> {
  const reports: Record<(typeof sides)[number], Report[]> = { pglite: [], server: [] }
  for (let round = 0; round < rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      using folder = temporaryFolder()
      await using measured = startNode(undefined, 'embedded.side.ts', [side, folder.path])
      reports[side].push(await measured.report())
    }
  console.log(
    `${`medians of ${rounds} rounds by turns`.padEnd(48)} ${'PGlite'.padStart(10)} ${'PostgreSQL'.padStart(10)}`,
  )
  for (const name of Object.keys(reports.server[0] ?? {})) {
    const figures = sides.map((side) => median(reports[side].map((report) => report[name] ?? Number.NaN)))
    console.log(`${name.padEnd(48)} ${figures.map((figure) => readable(figure).padStart(10)).join(' ')}`)
  }
}

const readable = (figure: number): string =>
  figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toFixed(figure >= 10 ? 1 : 2)
