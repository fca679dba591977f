// Addresses and their patterns: topics of MQTT, and methods with paths and queries. A pattern has
// named levels, and at its end may have a tail of any depth.
import { messageMappingLimits } from './limits.ts'
import type { RouteAddress } from './message-mapping.ts'

/** A topic has no method. */
export type ReadAddress = {
  readonly method: string | undefined
  readonly levels: readonly string[]
  readonly query: URLSearchParams | undefined
}

/** Undefined for one that is too long. */
export function readAddress(address: string): ReadAddress | undefined {
  if (address.length > messageMappingLimits.addressChars) return undefined
  const [, method, path = '', query] = /^(GET|POST|TELTONIKA) \/([^?]*)(?:\?(.*))?$/s.exec(address) ?? []
  if (method === undefined) return { method, levels: address.split('/'), query: undefined }
  return {
    method,
    levels: path.split('/').map(decoded),
    query: query === undefined ? undefined : new URLSearchParams(query),
  }
}

function decoded(level: string): string {
  try {
    return decodeURIComponent(level)
  } catch {
    return level
  }
}

type Level =
  | { readonly kind: 'is'; readonly text: string }
  | { readonly kind: 'any'; readonly name: string }
  | { readonly kind: 'tail'; readonly name: string }

const named = /^\{([A-Za-z_]\w*)(\.\.\.)?\}$/

/** Undefined for a text that is no pattern. */
export function readPattern(pattern: string): readonly Level[] | undefined {
  const levels = pattern.split('/').map((text): Level | undefined => {
    const [, name, tail] = named.exec(text) ?? []
    if (name !== undefined) return { kind: tail === undefined ? 'any' : 'tail', name }
    return /[{}#+\0]/.test(text) ? undefined : { kind: 'is', text }
  })
  const whole = levels.filter((level) => level !== undefined)
  const isRight = whole.length === levels.length && whole.slice(0, -1).every(({ kind }) => kind !== 'tail')
  const names = namesOf(whole)
  return isRight && new Set(names).size === names.length ? whole : undefined
}

export const namesOf = (levels: readonly Level[]): readonly string[] =>
  levels.flatMap((level) => (level.kind === 'is' ? [] : [level.name]))

export const patternOf = (address: RouteAddress): string => ('topic' in address ? address.topic : address.path.slice(1))

/** The MQTT filter that matches what the pattern does. */
export const filterOf = (levels: readonly Level[]): string =>
  levels.map((level) => (level.kind === 'is' ? level.text : level.kind === 'any' ? '+' : '#')).join('/')

export type Match = (address: ReadAddress) => readonly string[] | undefined

/** Gives the texts of the named levels in their order; undefined where the address is another
 *  one. */
export function openMatch(address: RouteAddress): Match {
  const pattern = readPattern(patternOf(address))
  if (pattern === undefined) throw new TypeError(`"${patternOf(address)}" is no pattern of an address`)
  const method = 'topic' in address ? undefined : address.method
  const hasTail = pattern.at(-1)?.kind === 'tail'
  return (read) => {
    const { levels } = read
    if (read.method !== method || (hasTail ? levels.length < pattern.length : levels.length !== pattern.length))
      return undefined
    const found: string[] = []
    for (let index = 0; index < pattern.length; index++) {
      const level = pattern[index]!
      if (level.kind === 'tail')
        found.push(index === levels.length - 1 ? levels[index]! : levels.slice(index).join('.'))
      else if (level.kind === 'any') found.push(levels[index]!)
      else if (level.text !== levels[index]) return undefined
    }
    return found
  }
}
