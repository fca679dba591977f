// The limits of programs and their tokens, named in one place.
export const programLimits = {
  /** How long what was found of a token is believed. */
  believedMs: 2000,
  tokensCachedMax: 1000,
  /** Uses of a token are noted no more often. */
  useNotedMs: 60_000,
  tokensMax: 20,
  lifeUsualMs: 90 * 86_400_000,
  lifeMaxMs: 366 * 86_400_000,
} as const
