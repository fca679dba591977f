// A text that is JSON, as publishers write it.
import { parseLenientJson } from '../model/lenient-json.ts'

/** Undefined for what is no JSON. Depth costs nothing: parsing is not recursive, and pointers are as deep as the mapping says. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parseLenientJson(text)
  }
}
