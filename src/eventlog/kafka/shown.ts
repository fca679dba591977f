const shownMax = 5

/** The first few, and how many more there are. */
export function shown(all: readonly string[]): string[] {
  const more = all.length - shownMax
  return more > 0 ? [...all.slice(0, shownMax), `and ${more} more`] : [...all]
}
