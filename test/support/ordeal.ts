// Faults in a system under load, and what must hold afterwards: everything acknowledged is in the
// log, and its effect is in the tables once.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../../src/config/config.ts'
import { assertWhole, openDrivingFleet } from './driving-fleet.ts'
import type { Strikes } from './strikes.ts'

export type System = AsyncDisposable & {
  /** Of what is left of it once it is stopped. */
  readonly config: Config
  /** Where cars come in. */
  readonly mqttPort: number
  /** By the names of what can be done to it. */
  readonly strikes: Strikes
  /** Resolves once the tables have all that the log holds now, and what the jobs make of it. Fails
   *  when they hang. */
  followed(): Promise<void>
  /** All that its processes have printed. */
  said(): string
  /** Has all of it drain, and looks that it ends well. Its servers stay. */
  stop(): Promise<void>
}

export type Blow = { readonly fault: string; readonly forMs: number }
export type Survived = {
  /** Of each blow in turn: from its end until all that cars had said by then was acknowledged, and
   *  the tables had all that the log held then. */
  readonly recoveriesMs: readonly number[]
  /** In the log at the end. */
  readonly records: number
}
export type Ordeal = {
  open(): Promise<System>
  readonly blows: readonly Blow[]
  readonly cars: number
  /** Of all cars together. */
  readonly messagesPerS: number
  readonly random: () => number
  /** Told of each blow once it is over. */
  readonly recovered?: (blow: Blow, ms: number) => void
}

/** Cars that were thrown off come back soon, so that the load goes on, and ask soon whether who
 *  does not answer is there. */
const impatient = { reconnectMaxMs: 2_000, keepAliveSeconds: 10, answerTimeoutMs: 4_000 }

/** Strikes a fresh system under load, at random moments; throws when something is missing, doubled,
 *  or hangs. */
export async function endure(ordeal: Ordeal): Promise<Survived> {
  await using system = await ordeal.open()
  try {
    return await strike(system, ordeal)
  } catch (cause) {
    const file = join(tmpdir(), `roadstream-said-${Date.now()}.log`)
    writeFileSync(file, system.said())
    throw new Error(`the system did not endure it; what its processes said is in ${file}`, { cause })
  }
}

async function strike(
  system: System,
  { blows, cars, messagesPerS, random, recovered = () => {} }: Ordeal,
): Promise<Survived> {
  const { config, mqttPort } = system
  await using fleet = openDrivingFleet(config.dataDir, mqttPort, cars, { limits: impatient, messagesPerS })
  fleet.drive()
  const recoveriesMs: number[] = []
  await system.followed()
  for (const blow of blows) {
    const { fault, forMs } = blow
    await wait(100 + random() * 1_900)
    const endedAt = await system.strikes[fault]!({ random, forMs })
    await fleet.heard()
    await system.followed()
    const ms = performance.now() - endedAt
    recoveriesMs.push(ms)
    recovered(blow, ms)
  }
  fleet.park()
  await fleet.flush()
  await system.followed()
  await system.stop()
  return { recoveriesMs, records: await assertWhole(config, fleet) }
}
