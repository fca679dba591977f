// Errors while accepting are counted and survived.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { silentLogger, type Logger } from '../base/logger.ts'
import { surviveAcceptErrors } from './accept-errors.ts'

test('what goes wrong while accepting is counted every time and logged once in ten seconds', () => {
  const server = new EventEmitter()
  let now = 0
  let counted = 0
  const logged: unknown[] = []
  const logger = { ...silentLogger, error: (fields: unknown) => void logged.push(fields) } as Logger
  surviveAcceptErrors(server, { clock: { now: () => now }, logger, countTurnedAway: () => void counted++ })
  for (now of [0, 1, 9999, 10_000]) server.emit('error', Object.assign(new Error('accept'), { code: 'ENFILE' }))
  const remedy = 'raise the limit of open files (ulimit -n)'
  assert.equal(counted, 4)
  assert.deepEqual(logged, [
    { code: 'ENFILE', failures: 1, remedy },
    { code: 'ENFILE', failures: 3, remedy },
  ])
})
