// Files that settings name, as text.
import { readFileSync } from 'node:fs'

/** A JSON file that may hold secrets or ids: the fault quotes nothing of it, as what the parser says would. It goes on from "it". */
export function readQuietJson(file: string, what: string, charsMax: number): { readonly json: unknown } | { readonly fault: string } {
  const read = readTextFile(file, what, charsMax)
  if ('fault' in read) return read
  try {
    return { json: JSON.parse(read.text) }
  } catch {
    return { fault: 'is no JSON' }
  }
}

/** Where it cannot be read, or is too long to be `what`, the fault goes on from "which". */
export function readTextFile(file: string, what: string, charsMax: number): { readonly text: string } | { readonly fault: string } {
  try {
    const text = readFileSync(file, 'utf8')
    return text.length > charsMax ? { fault: `has more than ${charsMax} characters: it is no ${what}` } : { text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { fault: `cannot be read (${code}): give a file that is there` }
  }
}
