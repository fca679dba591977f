// Knowledge that alerts are judged by, beside the samples that gave cause.
import type { VehicleRef } from '../../model/vehicle-id.ts'
import type { MotionOf } from './motion.ts'
import type { Thresholds } from './thresholds.ts'

export type Known = {
  readonly ref: VehicleRef
  readonly motionOf: MotionOf
  /** Up to when silence is known. */
  readonly knownTo: number
  /** The bound of marked instants. */
  readonly clockAheadMs: number
  readonly thresholds: Thresholds
}
