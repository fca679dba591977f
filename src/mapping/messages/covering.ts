// Which topics two mappings both read: the one that stands first takes them, and the other hears
// nothing of them.
import type { Translation } from '../foreign.ts'
import { patternOf, readPattern, namesOf } from './address.ts'
import type { MessageMapping, Route } from './message-mapping.ts'
import { nameLevel } from './reading.ts'

/** A mapping, and the one made ready of it. */
export type MappingReader = {
  readonly mapping: MessageMapping
  readonly translation: Pick<Translation, 'senderOf'> & { readonly names: readonly string[] }
}

/** `all`: nothing comes to it by topics; `some`: not what is published to these topics, wholly or
 *  in part. `by`: the names of those that take it. */
export type Covered = {
  readonly is: 'all' | 'some'
  readonly topics: readonly string[]
  readonly by: readonly string[]
}

/** No pattern has it as a level: only what stands for any level matches it. */
const any = '\u{10ffff}'
/** As many as a topic may have (mqtt/topic-filter.ts): beyond the levels of all patterns only a
 *  tail matches. */
const levelsMax = 24

/** Messages that those asked `before` it take of what a mapping reads; undefined where that is
 *  nothing. Patterns of which neither covers the other, as a/+ and +/b, are not told. */
export function coveredBy(
  before: readonly MappingReader[],
  { mapping, translation }: MappingReader,
): Covered | undefined {
  const routes = mapping.from.routes.filter((route) => 'topic' in route)
  const states = routes.map((route) => {
    const topics = topicsFor(route, translation.names)
    const takers = topics.map((topic) => before.find((first) => first.translation.senderOf(topic) !== undefined))
    const parts = before.filter((first) => takesPartOf(first, route, translation))
    const by = [...takers.filter((taker) => taker !== undefined), ...parts].map((taker) => taker.mapping.name)
    return { topic: patternOf(route), isWhole: !takers.includes(undefined), by }
  })
  const told = states.filter(({ by }) => by.length > 0)
  if (told.length === 0) return undefined
  return {
    is: states.every(({ isWhole }) => isWhole) ? 'all' : 'some',
    topics: [...new Set(told.map(({ topic }) => topic))],
    by: [...new Set(told.flatMap(({ by }) => by))],
  }
}

/** Whether a route of the first is for some of what this one is for, which is a route of the
 *  `second`. */
function takesPartOf(
  { mapping, translation }: MappingReader,
  route: Route,
  second: MappingReader['translation'],
): boolean {
  const pattern = readPattern(patternOf(route)) ?? []
  const hasTail = pattern.at(-1)?.kind === 'tail'
  return mapping.from.routes
    .filter((other) => 'topic' in other)
    .flatMap((other) => topicsFor(other, translation.names))
    .some((topic) => {
      const levels = topic.split('/')
      return (
        (hasTail ? levels.length >= pattern.length : levels.length === pattern.length) &&
        pattern.every((level, index) => level.kind !== 'is' || level.text === levels[index]) &&
        second.senderOf(topic) !== undefined
      )
    })
}

/** Topics that stand for all that a route is for: whoever takes them takes all. `names`: what the
 *  mapping reads, of which one is a level where the route says so. */
function topicsFor(route: Route, names: readonly string[]): readonly string[] {
  const pattern = readPattern(patternOf(route)) ?? []
  const levels = namesOf(pattern)
  const named = route.field === undefined ? undefined : levels[nameLevel(route.field, levels)]
  const before = pattern.map((level) => (level.kind === 'is' ? level.text : any))
  if (named !== undefined) {
    const index = pattern.findIndex((level) => level.kind !== 'is' && level.name === named)
    const isTail = pattern[index]?.kind === 'tail'
    // A name that is a level is told by that, and by no payload.
    return names
      .filter((name) => !levels.includes(name))
      .map((name) => before.with(index, isTail ? name.replaceAll('.', '/') : name).join('/'))
  }
  if (pattern.at(-1)?.kind !== 'tail') return [before.join('/')]
  const most = Math.max(1, levelsMax - before.length + 1)
  return Array.from({ length: most }, (_, more) => [...before, ...Array<string>(more).fill(any)].join('/'))
}
