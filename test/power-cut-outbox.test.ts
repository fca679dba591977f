// A car's outbox after a power cut: each message that was to be synced when `put` returned is there
// unless it was settled, at any moment and with any part of what came after the last sync.
import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../src/base/logger.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { openOutboxFile } from '../src/vehicle/outbox-file.ts'
import { Disk, lies, remainders, type Lie } from './support/power-cut/disk.ts'
import { payloadOf, ref } from './support/power-cut/outbox-messages.ts'
import { buildLibrary, noTrace, readTrace, runTraced, type Call } from './support/power-cut/trace.ts'
import { temporaryFolder } from './support/running-system.ts'

const seed = Number(process.env['SEED'] ?? 7)
const cuts = process.env['CI'] === 'true' ? 250 : 100
const messages = 600

type Traced = { readonly folder: string; readonly said: string; readonly calls: readonly Call[] }

/** Cuts the power at moments drawn by the seed; gives what is wrong after each. */
function* faultsOf({ folder, said, calls }: Traced, scratch: string, lie?: Lie): Generator<string> {
  const random = seeded(seed)
  const moments = new Set(Array.from({ length: cuts }, () => Math.floor(random() * (calls.length + 1))))
  const disk = new Disk(folder, lie)
  const wanted = new Set<number>()
  for (let index = 0; index <= calls.length; index += 1) {
    if (moments.has(index)) {
      rmSync(scratch, { recursive: true, force: true })
      mkdirSync(scratch)
      const remainder = remainders[Math.floor(random() * remainders.length)]!
      disk.cut(scratch, random, () => remainder, () => undefined) // prettier-ignore
      const fault = faultIn(join(scratch, 'cars'), wanted)
      if (fault !== undefined) yield `call ${index}, ${remainder}: ${fault}`
    }
    const call = calls[index]
    if (call === undefined) continue
    if (call.path !== said) disk.apply(call)
    else if (call.kind === 'write')
      for (const line of call.data.toString().trim().split('\n')) {
        const [word, seq] = line.split(' ')
        if (word === 'stored') wanted.add(Number(seq))
        else wanted.delete(Number(seq))
      }
  }
}

/** Opens the outbox as the next run of the car does. */
function faultIn(folder: string, wanted: ReadonlySet<number>): string | undefined {
  using outbox = openOutboxFile({ folder, ref, syncMs: 60_000, logger: silentLogger })
  const left = new Map(outbox.left.map(({ seq, payload }) => [seq, payload]))
  for (const [seq, payload] of left) if (payload !== payloadOf(seq)) return `message ${seq} is another one`
  for (const seq of wanted) if (!left.has(seq)) return `message ${seq} is gone`
  return undefined
}

test(`the power of a car is cut (seed ${seed})`, { skip: noTrace, timeout: 240_000 }, async (t) => {
  using scratch = temporaryFolder()
  const folder = join(realpathSync(scratch.path), 'traced')
  mkdirSync(folder)
  const trace = join(scratch.path, 'trace')
  const [cars, said] = [join(folder, 'cars'), join(folder, 'said')]
  const program = join(import.meta.dirname, 'support/power-cut/outbox.main.ts')
  const library = buildLibrary(scratch.path)
  assert.equal(await runTraced({ library, folder, trace }, program, [cars, said, String(messages)]), 0)
  const calls = readTrace(trace)
  assert.ok(calls.filter(({ kind }) => kind === 'renamed').length > 2, 'the outbox was rewritten')
  const cut = (lie?: Lie): Generator<string> => faultsOf({ folder, said, calls }, join(scratch.path, 'cut'), lie)

  await t.test('no critical message is gone', () => assert.deepEqual([...cut()], []))
  for (const lie of lies.filter((each) => each !== 'synced write'))
    await t.test(`one is where the disk forgets a ${lie}`, () => assert.equal(cut(lie).next().done, false))
})
