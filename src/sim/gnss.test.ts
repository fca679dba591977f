import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshFix, observe } from './gnss.ts'
import { Random } from './random.ts'

test('the receiver errs by metres, slowly, and says how much', () => {
  const fix = freshFix()
  const noise = new Random(1)
  let square = 0
  let largestStep = 0
  for (let second = 0; second < 20_000; second++) {
    const before = { ...fix }
    observe(fix, noise, true, true)
    square += fix.eastM ** 2 + fix.northM ** 2
    largestStep = Math.max(largestStep, Math.hypot(fix.eastM - before.eastM, fix.northM - before.northM))
    assert.ok(fix.valid && fix.accuracyM > 0)
  }
  const rms = Math.sqrt(square / 20_000)
  assert.ok(rms > 1.5 && rms < 4.5, `${rms} m`)
  assert.ok(largestStep < 5, `${largestStep} m from one second to the next`)
})

test('in a tunnel there is no position, and a few seconds pass after it before there is one again', () => {
  const fix = freshFix()
  const noise = new Random(2)
  for (let second = 0; second < 40; second++) {
    observe(fix, noise, false, true)
    assert.equal(fix.valid, false)
  }
  let seconds = 0
  for (; !fix.valid; seconds++) observe(fix, noise, true, true)
  assert.ok(seconds >= 2 && seconds <= 4)
})

test('a car at rest stays where it is', () => {
  const fix = freshFix()
  const noise = new Random(3)
  for (let second = 0; second < 10; second++) observe(fix, noise, true, true)
  const { eastM, northM } = fix
  for (let second = 0; second < 100; second++) observe(fix, noise, true, false)
  assert.deepEqual([fix.eastM, fix.northM], [eastM, northM])
})
