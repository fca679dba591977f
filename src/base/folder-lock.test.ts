import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from './errors.ts'
import { isFolderHeld, lockFolder } from './folder-lock.ts'

const isInUse = (error: unknown): boolean => error instanceof Outage && error.code === 'STORE_IN_USE'

function openFolder(...path: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'roadstream-lock-'))
  return { dir: join(root, ...path), [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}

const holder = `
  import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)}
  await lockFolder(process.argv[1])
  setInterval(() => {}, 1000)
  console.log('held')`

/** Another process that holds the folder. */
async function hold(dir: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

test('a folder has one holder at a time, and is free again once it is let go', async () => {
  using folder = openFolder('new')
  {
    await using _ = await lockFolder(folder.dir)
    await assert.rejects(lockFolder(folder.dir), isInUse)
  }
  await using _ = await lockFolder(folder.dir)
  assert.equal(readdirSync(folder.dir).length, 1)
})

test('a folder whose path is too long for a socket is locked all the same', async () => {
  using folder = openFolder('x'.repeat(90), 'y'.repeat(90))
  await using _ = await lockFolder(folder.dir)
  await assert.rejects(lockFolder(folder.dir), isInUse)
})

test('of many who come at once at most one gets the folder', async () => {
  using folder = openFolder()
  for (let round = 0; round < 5; round++) {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder.dir)))
    const held = all.filter((one) => one.status === 'fulfilled')
    assert.ok(held.length <= 1)
    for (const one of held) await one.value[Symbol.asyncDispose]()
  }
})

/** The end of an attempt to lock, by code and words, in a process of a user who may not write what
 *  this one owns. */
async function tryAsOther(dir: string): Promise<string> {
  // It becomes another user once its code is loaded, which may lie where nobody else can read it.
  const code = `
    import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)}
    if (process.getuid() === 0) {
      process.setgroups([])
      process.setgid(65_534)
      process.setuid(65_534)
    }
    await lockFolder(process.argv[1]).then(() => console.log('held'), ({ code, message }) => console.log(code, message))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return (await child.stdout.toArray()).join('')
}

const hasUsers = process.platform !== 'win32'

test(
  'a folder that this user may not write, read or make is told with what to do',
  { skip: !hasUsers && 'no such users here' },
  async () => {
    for (const mode of [0o555, 0o000]) {
      using folder = openFolder()
      chmodSync(folder.dir, mode)
      const inIt = join(folder.dir, 'log')
      assert.match(
        await tryAsOther(folder.dir),
        /^STORE_UNAVAILABLE .* cannot be used \(.*EACCES.*\)\. Run this as the user that owns the folder/,
      )
      assert.match(
        await tryAsOther(inIt),
        /^STORE_UNAVAILABLE .*log cannot be used \(EACCES.*\)\. Run this as the user that owns the folder/,
      )
      chmodSync(folder.dir, 0o755)
      mkdirSync(inIt, { mode: 0o777 })
      chmodSync(inIt, 0o777)
      assert.match(await tryAsOther(inIt), /^held/, 'one that it may write is nobody else’s')
    }
  },
)

test('another process keeps us out while it lives, and not when it was killed', { timeout: 20_000 }, async () => {
  using folder = openFolder()
  const child = await hold(folder.dir)
  await assert.rejects(lockFolder(folder.dir), isInUse)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(readdirSync(folder.dir).length, 1, 'the killed process left its socket')
  await using _ = await lockFolder(folder.dir)
  assert.equal(readdirSync(folder.dir).length, 1)
})

test('a folder is seen to be held without a lock being taken, and nothing is made', async () => {
  using folder = openFolder('new')
  assert.equal(await isFolderHeld(folder.dir), false)
  assert.equal(existsSync(folder.dir), false)
  const child = await hold(folder.dir)
  assert.equal(await isFolderHeld(folder.dir), true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(await isFolderHeld(folder.dir), false)
  assert.equal(readdirSync(folder.dir).length, 1, 'what is left over is for the next that locks')
})
