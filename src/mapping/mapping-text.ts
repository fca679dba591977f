// The text of a mapping file: JSON with what fits on a line in one line, so that a rule is a line.
const lineCharsMax = 150

export const mappingText = (mapping: unknown): string => `${layOut(mapping, 0, 0)}\n`

function layOut(value: unknown, depth: number, before: number): string {
  const flat = onOneLine(value)
  if (typeof value !== 'object' || value === null || (depth > 0 && depth * 2 + before + flat.length <= lineCharsMax))
    return flat
  const pad = '  '.repeat(depth + 1)
  const end = `\n${'  '.repeat(depth)}`
  if (Array.isArray(value))
    return `[\n${value.map((entry) => `${pad}${layOut(entry, depth + 1, 0)}`).join(',\n')}${end}]`
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  const lines = entries.map(
    ([key, entry]) => `${pad}${JSON.stringify(key)}: ${layOut(entry, depth + 1, key.length + 4)}`,
  )
  return `{\n${lines.join(',\n')}${end}}`
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${onOneLine(entry)}`).join(', ')} }`
}
