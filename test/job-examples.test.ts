// The jobs that docs/jobs.md shows stand there as they are run here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { driveJobs, messagesOf, recordsOf } from '../src/engine/job-driver.ts'
import { door, fleetSpeed } from './support/job-examples.testing.ts'

const startAt = 1_767_877_200_000
const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('the examples of docs/jobs.md are those that are tested', () => {
  const examples = [...textOf('../docs/jobs.md').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code!)
  const tested = textOf('support/job-examples.testing.ts')
  assert.equal(examples.length, 2)
  for (const example of examples) assert.ok(tested.includes(example), example)
})

test('a door that was open for a minute is told, and taken back when it is shut', () => {
  const driver = driveJobs([door], { reload: true })
  const doorAt = (second: number, open: boolean, seq: number) => {
    const sample = { at: startAt + second * 1000, signals: { 'Vehicle.Cabin.Door.Row1.DriverSide.IsOpen': open } }
    return recordsOf([{ boot: '00000000000000aa', seq, samples: [sample] }])
  }
  driver.feed([...doorAt(0, false, 0), ...doorAt(5, true, 1)])
  assert.deepEqual([...driver.results()], [])
  driver.pass(startAt + 62_000)
  assert.deepEqual([...driver.results().values()], [{ tenant: 'demo', vehicle: 'car-1', shutAt: startAt }])
  driver.feed(doorAt(90, false, 2))
  assert.deepEqual([...driver.results()], [])
})

test('the mean speed of a fleet in a minute is that of all its vehicles', () => {
  const driver = driveJobs(fleetSpeed, { reload: true })
  const driving = (car: string, kmh: number) =>
    recordsOf(
      messagesOf([0, 20, 40].map((second) => ({ at: startAt + second * 1000, signals: { 'Vehicle.Speed': kmh } }))),
      `demo/${car}`,
    )
  driver.feed([...driving('car-1', 30), ...driving('car-2', 50)])
  driver.pass(startAt + 3_600_000)
  assert.deepEqual(driver.results().get(`fleet-speed demo/${startAt}`), { tenant: 'demo', startAt, meanKmh: 40 })
})
