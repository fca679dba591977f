// PostgreSQL goes wrong under a system under load, in each way once and in random order: it, the
// writers and the whole are killed and stopped, and the link to a foreign server is spoiled. The
// black hole, which costs a time limit, and twenty of each are in bench/postgres-kill.ts.
import { test } from 'node:test'
import { seeded, shuffled } from '../src/base/seeded.testing.ts'
import { noPostgres } from './engines/postgres.ts'
import { endure, type Blow } from './support/ordeal.ts'
import { faultsOf, openPostgresSystem, type ServerKind } from './support/postgres-system.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const messagesPerS = 400
const cars = 20
const noProc = process.platform !== 'linux' && 'the processes of a server are told by /proc, which is of Linux'

function blowsOf(kind: ServerKind, random: () => number): readonly Blow[] {
  const faults = faultsOf(kind).filter((fault) => fault !== 'link-black-hole')
  return shuffled(faults, random).map((fault) => ({ fault, forMs: 300 + random() * 1_200 }))
}

for (const [kind, skip] of [
  ['embedded', noProc],
  ['foreign', noProc || noPostgres],
] as const)
  test(
    `${kind}: whatever is killed, stopped or spoiled, nothing acknowledged is missing and no row is doubled`,
    { skip, timeout: 280_000 },
    async (context) => {
      context.diagnostic(`seed ${seed}`)
      const random = seeded(seed)
      const { records } = await endure({
        open: () => openPostgresSystem(kind),
        blows: blowsOf(kind, random),
        cars,
        messagesPerS,
        random,
        recovered: ({ fault }, ms) => context.diagnostic(`${fault}: the tables followed after ${Math.round(ms)} ms`),
      })
      context.diagnostic(`${records} records`)
    },
  )
