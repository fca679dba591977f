// Patterns of names: a text in which one `*` stands for any characters, also none. Taken apart by
// hand, as an expression with stars takes long on names that are made for it.

const partsOf = (pattern: string): readonly [head: string, tail: string | undefined] => {
  const star = pattern.indexOf('*')
  return star < 0 ? [pattern, undefined] : [pattern.slice(0, star), pattern.slice(star + 1)]
}

/** Whether a pattern, or a name without a star, takes the name. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [head, tail] = partsOf(pattern)
  return tail === undefined
    ? name === head
    : name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail)
}

/** Whether a text has one star at most. */
export const isPattern = (text: string): boolean => text.indexOf('*') === text.lastIndexOf('*')

/** Whether a pattern takes every name that another pattern takes. */
export function takesAllOf(pattern: string, other: string): boolean {
  const [[head, tail], [otherHead, otherTail]] = [partsOf(pattern), partsOf(other)]
  return tail !== undefined && otherTail !== undefined && otherHead.startsWith(head) && otherTail.endsWith(tail)
}
