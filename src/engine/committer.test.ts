import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Outage } from '../base/errors.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { createCommitter } from './committer.ts'

test('an outage is told once with its reason, however many commits wait for its end', async () => {
  await using memory = openMemoryLog({ partitions: 1 })
  const lines: string[] = []
  let [left, retried] = [0, 0]
  const state: StateStore = {
    ...memory.state,
    async commit(...commit) {
      if (left-- > 0) throw new Outage('LOG_FULL', 'The disk is full.', { retryable: true })
      await memory.state.commit(...commit)
    },
  }
  const commit = createCommitter({
    state,
    logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    signal: new AbortController().signal,
    retried: () => retried++,
  })
  for (let outage = 1; outage <= 2; outage++) {
    left = 6
    const commits = ['a', 'b', 'c'].map((task) => commit([{ task, positions: {}, state: [] }], []))
    assert.deepEqual(await Promise.all(commits), [true, true, true])
    assert.equal(retried, 6 * outage)
    assert.equal(lines.length, outage, lines.join(''))
  }
  assert.match(lines[0] ?? '', /"code":"LOG_FULL","reason":"The disk is full\."/)
})
