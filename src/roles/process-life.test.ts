import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

const processLife = JSON.stringify(new URL('./process-life.ts', import.meta.url).href)

/** Runs the program, sends it `signals` one after each line it writes, and tells how it ended. */
async function run(program: string, signals: readonly NodeJS.Signals[] = []) {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', `import * as life from ${processLife}\n${program}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const left = [...signals]
  child.stdout.on('data', () => void (left.length > 0 && child.kill(left.shift())))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, said }
}

test('a part that never finishes is named and left, and does not keep the process', async () => {
  const { signal, said } = await run(`
    setInterval(() => {}, 1000)
    await life.within(50, new Promise(() => {}), 'the gateway')
    await life.leaveWhatIsLate()`)
  assert.match(said, /^roadstream: the gateway did not finish within 0\.05 s \(ROADSTREAM_DRAIN\); leaving it\n$/)
  assert.equal(signal, 'SIGKILL')
})

test('what finishes in time ends as it would by itself', async () => {
  const { code, said } = await run(`
    await life.within(10_000, Promise.resolve(), 'the gateway')
    await life.leaveWhatIsLate()
    process.exitCode = 3`)
  assert.deepEqual([code, said], [3, ''])
})

test('a signal that came during the start is obeyed once all is open', async () => {
  const { code } = await run(
    `const stop = life.stopSignal()
    const alive = setInterval(() => {}, 1000)
    process.stdout.write('starting')
    await new Promise((resolve) => stop.addEventListener('abort', resolve))
    await life.stoppedOrEnded(stop, [new Promise(() => {})])
    clearInterval(alive)`,
    ['SIGTERM'],
  )
  assert.equal(code, 0)
})

test('the second signal does not wait', async () => {
  const { signal } = await run(
    `life.stopSignal().addEventListener('abort', () => setTimeout(() => process.stdout.write('again'), 600))
    setInterval(() => {}, 1000)
    process.stdout.write('ready')`,
    ['SIGINT', 'SIGINT'],
  )
  assert.equal(signal, 'SIGKILL')
})
