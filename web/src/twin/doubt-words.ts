// Why a value is doubted, in words.
import type { DoubtReason } from '../../../src/api/contract.ts'

const meanings: Readonly<Record<DoubtReason, string>> = {
  'no-fix': 'told without a fix',
  'null-island': 'latitude and longitude are both 0',
  zero: 'exactly 0 amid places elsewhere',
  inaccurate: 'the receiver vouches for no better than 150 m',
  jump: 'off and back faster than any car',
  frozen: 'stood still while the rest went on',
  drift: 'the receiver of a parked car wandered',
  sentinel: 'a number that says “not available”',
  impossible: 'beyond any car',
  fell: 'less than before and after',
  scale: 'in another unit, a thousand times off',
}

export const doubtWords = (reason: DoubtReason): string => meanings[reason]
