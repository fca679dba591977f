// Why a value is doubted. A doubted value is kept and told with its reason; no figure is made of
// it.

/** `no-fix`: the receiver said that it had none. `null-island`: latitude and longitude are both
 *  exactly 0. `zero`: one of them is, and the places around it are elsewhere. `inaccurate`: the
 *  receiver vouches for too wide a circle. `jump`: off and back faster than any car. `frozen`: the
 *  value stood still while the car went on, or went on while the car stood still. `drift`: the
 *  receiver of a parked car wandered. `sentinel`: what a bus says for "not available".
 *  `impossible`: beyond any car. `fell`: less than before and after, of a counter that only grows.
 *  `scale`: in a unit a thousand times as large or small. */
export const doubtReasons = [
  'no-fix',
  'null-island',
  'zero',
  'inaccurate',
  'jump',
  'frozen',
  'drift',
  'sentinel',
  'impossible',
  'fell',
  'scale',
] as const

export type DoubtReason = (typeof doubtReasons)[number]
