import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration, openProgress, progressLine } from './progress.ts'

const progress = {
  total: 200,
  samples: 50,
  messages: 10,
  acknowledged: 9,
  vehicle: 'car-1',
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
}

test('a line says how far, how much is acknowledged, how long still, and whose time it is', () => {
  assert.equal(
    progressLine(progress, 30_000, undefined),
    ' 25 %, 50 of 200 samples, 9 of 10 messages acknowledged, 1 min 30 s left, car-1, 2026-01-02 03:04:05 UTC',
  )
})

test('on a terminal it has a bar and never more than one row', () => {
  assert.match(progressLine(progress, 0, 200), /^█{6}░{18} {2}25 %/)
  for (const columns of [1, 20, 80]) assert.ok(progressLine(progress, 0, columns).length < columns + 1)
})

test('the bar ends on a line of its own, and a file gets no control characters', () => {
  for (const terminalColumns of [80, undefined]) {
    let said = ''
    const bar = openProgress({ complain: (text) => void (said += text), terminalColumns })
    bar.show(progress)
    bar.end()
    assert.equal(said.endsWith('\n'), terminalColumns !== undefined)
    assert.equal(said.includes('\u001b'), terminalColumns !== undefined)
  }
})

test('durations are said in the two largest units', () => {
  assert.deepEqual([0, 59_400, 75_000, 7_260_000].map(duration), ['0 s', '59 s', '1 min 15 s', '2 h 1 min'])
})
