// `roadstream move` in a process of its own, killed on its way as often as is asked.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readEngines } from '../../src/compose/engines-file.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Files for `move --to` in the folder: to these engines, and back to the embedded ones. */
export function writeEngineFiles(folder: string, engines: Readonly<Record<string, string>>) {
  const [there, back] = [join(folder, 'there.env'), join(folder, 'back.env')]
  const lines = Object.entries(engines).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(there, lines.join(''))
  writeFileSync(back, '# the embedded engines\n')
  return { there, back }
}

export type MoveTry = { readonly code: number | null; readonly said: string; readonly tookMs: number }

/** So long after a move has said that it begins with a step. */
export type KillAt = { readonly step: string; readonly ms: number }

const firstStep = 'copying and comparing the logs'

/** Kills within so long after each try has begun to copy. */
export const soonKills = (count: number, withinMs: number, random: () => number): readonly KillAt[] =>
  Array.from({ length: count }, () => ({ step: firstStep, ms: random() * withinMs }))

/** Kills at random moments of all the work, as an undisturbed move has told its steps, in the order
 *  of these moments, so that each try may go on from the one before it. */
export function killsOverSteps(count: number, told: string, random: () => number): readonly KillAt[] {
  const steps = Array.from(told.matchAll(/^ *([a-z][a-z ]+): ([\d.]+) s$/gm), ([, step = '', seconds]) => ({
    step,
    ms: Number(seconds) * 1_000,
  }))
  assert.equal(steps[0]?.step, firstStep, told)
  const workMs = steps.reduce((sum, { ms }) => sum + ms, 0)
  const moments = Array.from({ length: count }, () => random() * workMs).sort((a, b) => a - b)
  return moments.map((moment) => {
    let left = moment
    const at = steps.find(({ ms }) => (left -= ms) < 0) ?? steps.at(-1)!
    return { step: at.step, ms: left + at.ms }
  })
}

/** One try; killed at that moment, unless it has ended. */
export async function tryMove(
  file: string,
  settings: Readonly<Record<string, string>>,
  kill?: KillAt,
): Promise<MoveTry> {
  const began = performance.now()
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'move', '--to', file], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const begun = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (kill !== undefined && said.includes(`${kill.step} …`)) begun.resolve()
    })
  const closed = once(child, 'close') as Promise<[number | null]>
  if (kill !== undefined) {
    // The moment of a kill is the point: any will do.
    await Promise.race([closed, begun.promise.then(() => wait(kill.ms))])
    child.kill('SIGKILL')
  }
  const [code] = await closed
  return { code, said, tookMs: performance.now() - began }
}

/** Tries that are killed at each of these moments, and one that comes to its end; gives what that
 *  said, how many were killed before theirs, and the last that each of those said. */
export async function moveThroughKills(
  file: string,
  settings: Readonly<Record<string, string>>,
  moments: readonly KillAt[],
): Promise<MoveTry & { readonly kills: number; readonly killedAt: readonly string[] }> {
  const movedAt = () => readEngines(settings['ROADSTREAM_DATA'] ?? '')?.movedAt
  const before = movedAt()
  const killedAt: string[] = []
  for (const moment of moments) {
    const ended = await tryMove(file, settings, moment)
    // Killed after the last step, and before it could say so.
    if (ended.code === 0 || movedAt() !== before) return { ...ended, kills: killedAt.length, killedAt }
    assert.equal(ended.code, null, ended.said)
    killedAt.push(ended.said.trimEnd().split('\n').at(-1) ?? '')
  }
  const last = await tryMove(file, settings)
  assert.equal(last.code, 0, last.said)
  return { ...last, kills: killedAt.length, killedAt }
}
