// Notes on what a reader of recordings left out or doubts, counted while it reads, so that a drive
// is not refused for one bad line and no loss is silent.

/** By what it was, in words that go on from a number ("3 lines …"): how often, and the line of the
 *  first. Only the readers' own words are keys, so it stays small. */
export type Notes = Map<string, { count: number; readonly firstLine: number }>

export function note(notes: Notes, what: string, line: number): void {
  const known = notes.get(what)
  if (known === undefined) notes.set(what, { count: 1, firstLine: line })
  else known.count++
}

/** ", only 3 lines that are no JSON (the first is line 7)", or '' when nothing was noted: what an
 *  error goes on with when no row was found. */
export const noted = (notes: Notes): string =>
  notes.size === 0
    ? ''
    : `, only ${[...notes].map(([what, { count, firstLine }]) => `${count} ${what} (the first is line ${firstLine})`).join(', ')}`
