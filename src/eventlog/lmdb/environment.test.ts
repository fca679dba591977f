import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { openEnvironment, type Environment } from './environment.ts'

async function onEnvironment(body: (env: Environment) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-environment-'))
  const env = openEnvironment({ dir, partitions: 1, bytesMax: 2 ** 20 })
  try {
    await body(env)
  } finally {
    await env.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const key = Buffer.from('key')

test('work that throws half-way leaves nothing, though others share its commit', () =>
  onEnvironment(async (env) => {
    const failing = env.transact(() => {
      env.state.putSync(key, Buffer.from('half'))
      throw new RangeError('half-way')
    })
    const passing = env.transact(() => env.tasks.putSync(key, Buffer.from('whole')))
    await assert.rejects(failing, RangeError)
    await passing
    env.refresh()
    assert.equal(env.state.getBinary(key), undefined)
    assert.equal(Buffer.from(env.tasks.getBinary(key) ?? []).toString(), 'whole')
  }))

test('a refreshed read sees what was committed before it', () =>
  onEnvironment(async (env) => {
    await env.transact(() => env.state.putSync(key, Buffer.from('1')))
    env.refresh()
    assert.equal(Buffer.from(env.state.getBinary(key) ?? []).toString(), '1')
    await env.transact(() => env.state.putSync(key, Buffer.from('2')))
    env.refresh()
    assert.equal(Buffer.from(env.state.getBinary(key) ?? []).toString(), '2')
  }))

test('closing waits for the transaction under way and refuses the next', () =>
  onEnvironment(async (env) => {
    let done = false
    const running = env.transact(() => {
      done = true
    })
    await env.close()
    assert.ok(done)
    await running
    await assert.rejects(
      env.transact(() => {}),
      (error) => error instanceof Outage && error.code === 'LOG_CLOSED',
    )
  }))
