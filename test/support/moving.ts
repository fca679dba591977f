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

/** One try; with `killAfterMs` it is killed then, unless it has ended. */
export async function tryMove(
  file: string,
  settings: Readonly<Record<string, string>>,
  killAfterMs?: number,
): Promise<MoveTry> {
  const began = performance.now()
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'move', '--to', file], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const closed = once(child, 'close') as Promise<[number | null]>
  // The moment of a kill is the point: any will do.
  if (killAfterMs !== undefined) {
    await Promise.race([closed, wait(killAfterMs)])
    child.kill('SIGKILL')
  }
  const [code] = await closed
  return { code, said, tookMs: performance.now() - began }
}

/** Tries that are killed after each of these times, and one that comes to its end; gives what that
 *  said, and how many were killed before theirs. */
export async function moveThroughKills(
  file: string,
  settings: Readonly<Record<string, string>>,
  killsAfterMs: readonly number[],
): Promise<MoveTry & { readonly kills: number }> {
  const movedAt = () => readEngines(settings['ROADSTREAM_DATA'] ?? '')?.movedAt
  const before = movedAt()
  let kills = 0
  for (const ms of killsAfterMs) {
    const ended = await tryMove(file, settings, ms)
    // Killed after the last step, and before it could say so.
    if (ended.code === 0 || movedAt() !== before) return { ...ended, kills }
    assert.equal(ended.code, null, ended.said)
    kills += 1
  }
  const last = await tryMove(file, settings)
  assert.equal(last.code, 0, last.said)
  return { ...last, kills }
}
