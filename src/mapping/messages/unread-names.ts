// Names that payloads have and no rule of the mapping reads, so that whoever writes one sees what
// he leaves. Bounded: a payload may make names up.
import { messageMappingLimits } from './limits.ts'

const { unreadNames: namesMax, unreadChars: charsMax } = messageMappingLimits

export type UnreadNames = {
  hear(name: string): void
  /** In the order in which they were first heard. */
  all(): readonly string[]
}

export function createUnreadNames(): UnreadNames {
  const names = new Set<string>()
  return {
    hear(name) {
      if (names.size < namesMax && name.length <= charsMax) names.add(name)
    },
    all: () => [...names],
  }
}
