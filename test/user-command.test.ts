// A password that is forgotten, as an operator meets it: the machine itself gives another one,
// beside a system that runs and without it, and who was signed in with the old one is so no more.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'node:test'
import { signIn } from './support/api-client.ts'
import { runCommand, startSystem, temporaryFolder } from './support/running-system.ts'

test('a person is given a new password, while the system runs and while it does not', async () => {
  using folder = temporaryFolder()
  const user = (...args: string[]) => runCommand(['user', ...args], { ROADSTREAM_DATA: folder.path })
  const signInAt = (url: string, password: string): Promise<Response> =>
    fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ada', password }),
    })
  const reset = async (): Promise<string> => {
    const { code, stdout, stderr } = await user('reset', 'ADA')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^[2-9a-z]{4}(-[2-9a-z]{4}){4}\n$/)
    assert.match(stderr, /ada signs in with this password/)
    return stdout.trim()
  }
  let first: string
  {
    await using system = await startSystem({ dataDir: folder.path })
    const { cookie, url } = await signIn(system.setupUrl ?? '')
    assert.deepEqual(await user('list'), { code: 0, stdout: 'ada\tadministrator\tdemo\n', stderr: '' })
    assert.equal((await user('reset', 'bo')).code, 1)
    assert.equal((await user('reset')).code, 2)
    first = await reset()
    assert.equal((await signInAt(url, 'correct horse battery')).status, 401)
    assert.equal((await signInAt(url, first)).status, 200)
    // A session is looked at again every few seconds.
    while ((await fetch(`${url}/api/v1/session`, { headers: { cookie } })).status === 200) await wait(200)
    await system.stop()
  }
  const second = await reset()
  await using again = await startSystem({ dataDir: folder.path })
  assert.equal((await signInAt(again.dashboardUrl, first)).status, 401)
  assert.equal((await signInAt(again.dashboardUrl, second)).status, 200)
})
