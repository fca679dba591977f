// Metres driven beside a trip while nobody heard the car: where a car comes out of a silence in
// motion though it stood before, or stands though it was in motion. The odometers on both sides
// tell how far. It is no part of the trip's figures, which are of the span that was heard.
//
//   ──trip──┤ silence, in motion still │ stands ──     the trip's tail
//   stands ─┤ silence, in motion then  ├──trip──       the trip's lead
import { commonStepM, odometerWayM } from './joining.ts'
import { wayOf } from './driven.ts'
import type { Piece } from './piece.ts'
import type { Sums } from './sums.ts'
import { bridgeReadingMs, joinMs, lightMs, placesTellMs } from './trip-rules.ts'

/** The metres an odometer would have told at the first and at the last sample of a piece. Metres;
 *  NaN = not known. */
export type Odometers = { readonly metM: number; readonly leftM: number }

/** `sums` are those of the piece's trip; null of a car that only stood. */
export function odometersOf(piece: Piece, sums: Sums | null): Odometers {
  if (sums === null) return { metM: piece.odometerFirstM, leftM: piece.odometerM }
  const { milestones, firstAt, lastAt } = sums
  const [first, last] = [milestones[0], milestones.at(-1)]
  if (first === undefined || last === undefined) return { metM: NaN, leftM: NaN }
  return {
    metM: first.at - firstAt <= bridgeReadingMs ? first.odometerM - first.drivenM : NaN,
    leftM: lastAt - last.at <= bridgeReadingMs ? last.odometerM + wayOf(sums).drivenM - last.drivenM : NaN,
  }
}

/** Metres driven before a trip was first heard, and after it was last heard; 0 of a car that stood
 *  then, NaN where nobody knows. */
export type Ways = { readonly leadM: number; readonly tailM: number }

/** A piece with its odometers. */
export type ToldPiece = Odometers & { readonly piece: Piece }

/** Metres driven before a piece was first heard. */
export const leadOf = (before: ToldPiece | undefined, told: ToldPiece): number =>
  share(
    mayHaveBegun(told.piece),
    before === undefined ? alone : { may: mayGoOn(before.piece), wayM: wayM(before, told) },
  )

/** Metres driven after a piece was last heard; nothing while it is open. */
export const tailOf = (told: ToldPiece, after: ToldPiece | undefined, isOpen: boolean): number =>
  share(
    isOpen ? 0 : mayGoOn(told.piece),
    after === undefined ? alone : { may: mayHaveBegun(after.piece), wayM: wayM(told, after) },
  )

/** Whether a car may have been under way unheard: 2 where it was in motion, 1 where it stood as at
 *  a light, 0 where it was off or parked. */
type May = 0 | 1 | 2

/** The other side of a silence, and what was driven in it; where nothing is heard there is none,
 *  and nobody knows the way. */
type Beside = { readonly may: May; readonly wayM: number }
const alone: Beside = { may: 0, wayM: NaN }

/** All of a way, where nothing else can have driven it; NaN where the other side may have, or the
 *  car was in motion and nobody knows how far it went. */
function share(own: May, other: Beside): number {
  if (own === 0 || other.wayM === 0 || (own === 1 && Number.isNaN(other.wayM))) return 0
  return other.may === 0 ? other.wayM : NaN
}

function mayGoOn({ off, parked, movedAt, restAt }: Piece): May {
  if (off === 1 || parked === 1 || Number.isNaN(movedAt)) return 0
  return Number.isNaN(restAt) ? 2 : 1
}

function mayHaveBegun(piece: Piece): May {
  const { firstAt, movedAt, begins } = piece
  if (begins === 1 || !(movedAt - firstAt <= lightMs)) return 0
  return movedAt === firstAt || isSeenMoving(piece) ? 2 : 1
}

/** Places alone show that a car stood by where it is later: not where it was away at walking pace,
 *  nor where nobody heard it until it was. A car that is switched on stood. */
const isSeenMoving = ({ firstAt, leadAt, onAt, movedAt, speedFirstAt }: Piece): boolean =>
  !(speedFirstAt <= movedAt || onAt <= movedAt) && (leadAt === movedAt || movedAt - firstAt <= placesTellMs)

/** The way of a car in a longer silence may be any number of trips. */
function wayM(before: ToldPiece, after: ToldPiece): number {
  const silentMs = after.piece.firstAt - before.piece.lastAt
  if (silentMs > joinMs) return NaN
  const stepM = commonStepM(before.piece.odometerM, after.piece.odometerFirstM)
  // Both readings are up to a step off, so that a car that did not move may seem to have gone back.
  const countedM = odometerWayM(before.leftM, after.metM + stepM, silentMs) - stepM
  return countedM <= stepM ? 0 : countedM
}
