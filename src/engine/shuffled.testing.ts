// For property tests: the same things in another order.

/** In the order that the numbers of `random` give. */
export const shuffled = <Item>(items: readonly Item[], random: Iterator<number>): Item[] =>
  items
    .map((each) => [random.next().value!, each] as const)
    .sort(([a], [b]) => a - b)
    .map(([, each]) => each)
