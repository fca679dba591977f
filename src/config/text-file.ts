// Files that settings name, as text.
import { readFileSync } from 'node:fs'
import { parseWrittenJson } from '../model/written-json.ts'

/** A JSON file that may hold secrets or ids: the fault quotes nothing of it but keys, each as
 *  `shown` gives it, where one stands twice; what the parser says would quote more. It goes on
 *  from "it". */
export function readQuietJson(
  file: string,
  what: string,
  charsMax: number,
  shown: (key: string, depth: number) => string,
): { readonly json: unknown } | { readonly fault: string } {
  const read = readTextFile(file, what, charsMax)
  if ('fault' in read) return read
  const written = parseWrittenJson(read.text)
  if ('json' in written) return written
  if ('said' in written) return { fault: 'is no JSON' }
  const [key, ...outer] = written.twice
    .map((each, depth) => JSON.stringify(typeof each === 'string' ? shown(each, depth) : each))
    .toReversed()
  return { fault: `says ${[key, ...outer].join(' of ')} twice: leave one of them out` }
}

/** Where it cannot be read, or is too long to be `what`, the fault goes on from "which". */
export function readTextFile(
  file: string,
  what: string,
  charsMax: number,
): { readonly text: string } | { readonly fault: string } {
  try {
    const text = readFileSync(file, 'utf8')
    return text.length > charsMax ? { fault: `has more than ${charsMax} characters: it is no ${what}` } : { text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { fault: `cannot be read (${code}): give a file that is there` }
  }
}
