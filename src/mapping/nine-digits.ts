// Numbers that were converted, to nine digits: more than a sensor gives and less than what a
// float's arithmetic adds.

const powers = Array.from({ length: 13 }, (_, power) => Number(`1e${power}`))

/** The value of `Number(value.toPrecision(9))`, −0 as 0, mostly without making a text: a whole
 *  number over a power of ten, both of which a double holds exactly, is the double nearest to that
 *  decimal. Where the product may lie on the other side of a middle, and for sizes that are rare,
 *  the text decides. */
export function nineDigits(value: number): number {
  const size = Math.abs(value)
  if (!(size >= 1e-3 && size < 1e9)) return fromText(value)
  let places = 8
  while (size >= powers[9 - places]!) places--
  while (places >= 8 && size * powers[places - 8]! < 1) places++
  const scaled = value * powers[places]!
  const rounded = Math.round(scaled)
  const fromMiddle = Math.abs(Math.abs(scaled - rounded) - 0.5)
  return fromMiddle < 1e-3 ? fromText(value) : rounded / powers[places]! + 0
}

const fromText = (value: number): number => Number(value.toPrecision(9)) + 0
