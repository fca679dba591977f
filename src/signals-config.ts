// Reads the overlays that a setting names (docs/signals.md). Every role reads the same files into the same list of plain data, which also goes to its threads.
import { readFileSync } from 'node:fs'
import { parseOverlays } from './model/overlay.ts'
import type { VssSignal } from './model/vss.ts'

const charsMax = 16 * 1024 * 1024

/** The signals of the files, which are comma-separated; what is wrong is added to `problems`, which name the setting. */
export function ownSignals(setting: string, files: string | undefined, problems: string[]): readonly VssSignal[] {
  const texts = (files ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .flatMap((file) => {
      const text = readText(file)
      const isText = 'text' in text
      if (!isText) problems.push(`${setting} names ${file}, which ${text.fault}`)
      return isText ? [{ file, text: text.text }] : []
    })
  const parsed = parseOverlays(texts)
  if (parsed.ok) return parsed.value
  problems.push(...parsed.detail.split('\n').map((fault) => `${setting}: ${fault}`))
  return []
}

function readText(file: string): { readonly text: string } | { readonly fault: string } {
  try {
    const text = readFileSync(file, 'utf8')
    return text.length > charsMax ? { fault: `has more than ${charsMax} characters: it is no overlay` } : { text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { fault: `cannot be read (${code}): give a file that is there` }
  }
}
