// The true place as the satellite receiver says it. Its error wanders slowly (a first-order
// Gauss–Markov process, the usual model of multipath and atmosphere) under a little white noise; at
// a standstill the receiver holds its position.
import type { Random } from './random.ts'

/** Metres of wandering error in each direction, and the seconds over which it forgets itself. */
const wanderM = 2
const wanderS = 60
const whiteM = 0.35
/** Seconds from open sky to the first fix after a tunnel. */
const reacquireS = 3

export type GnssFix = {
  /** False = no position; the rest then means nothing. */
  valid: boolean
  /** Error of the reported place, metres east and north. */
  eastM: number
  northM: number
  /** The wandering part of it. */
  wanderEastM: number
  wanderNorthM: number
  /** Radius of 68 %, as the receiver states it. */
  accuracyM: number
  lostS: number
}

export const freshFix = (): GnssFix => ({
  valid: true,
  eastM: 0,
  northM: 0,
  wanderEastM: 0,
  wanderNorthM: 0,
  accuracyM: 3,
  lostS: 0,
})

const keep = Math.exp(-1 / wanderS)
const stir = wanderM * Math.sqrt(1 - keep * keep)

/** Advances the receiver by one second. `sky` is false in tunnels. */
export function observe(fix: GnssFix, noise: Random, sky: boolean, moving: boolean): void {
  if (!sky) {
    fix.valid = false
    fix.lostS = Math.min(fix.lostS + 1, 60)
    return
  }
  if (!fix.valid) {
    fix.lostS = Math.min(fix.lostS, reacquireS) - 1
    if (fix.lostS > 0) return
    fix.valid = true
    fix.lostS = 0
    // A new fix starts poor and settles.
    fix.wanderEastM = 3 * wanderM * noise.normal()
    fix.wanderNorthM = 3 * wanderM * noise.normal()
  }
  if (!moving) return
  fix.wanderEastM = fix.wanderEastM * keep + stir * noise.normal()
  fix.wanderNorthM = fix.wanderNorthM * keep + stir * noise.normal()
  fix.eastM = fix.wanderEastM + whiteM * noise.normal()
  fix.northM = fix.wanderNorthM + whiteM * noise.normal()
  fix.accuracyM = 2.2 + 0.6 * Math.hypot(fix.wanderEastM, fix.wanderNorthM)
}
