// JSON of files that people write. JSON.parse takes the last of two keys that are alike and says
// nothing of the first: of a file that someone keeps by hand that is a slip, and here it is told.
// One pass over the text and no recursion.

export type KeyPath = readonly (string | number)[]

/** `said`: why it is no JSON, which may quote the text. `twice`: the first key that stands twice in
 *  one object, and where. */
export type WrittenJson = { readonly json: unknown } | { readonly said: string } | { readonly twice: KeyPath }

/** Never throws. */
export function parseWrittenJson(text: string): WrittenJson {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { said: error instanceof Error ? error.message : String(error) }
  }
  const twice = keyTwice(text)
  return twice === undefined ? { json } : { twice }
}

/** The path as it is written in JavaScript: `vehicles[3].kind`, `signals["Vehicle.Speed"]`. */
export const keyPathText = (path: KeyPath): string =>
  path
    .map((key) => (typeof key === 'string' && /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`))
    .join('')
    .replace(/^\./, '')

type Open = { readonly keys: Set<string> | undefined; key: string | number }

/** Of a text that JSON.parse takes: what stands before a colon is a key, all else is passed
 *  over. */
function keyTwice(text: string): KeyPath | undefined {
  const open: Open[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    const inner = open.at(-1)
    if (char === '{') open.push({ keys: new Set(), key: '' })
    else if (char === '[') open.push({ keys: undefined, key: 0 })
    else if (char === '}' || char === ']') open.pop()
    else if (char === ',' && typeof inner?.key === 'number') inner.key++
    else if (char === '"') {
      const end = endOfText(text, at)
      if (inner?.keys !== undefined && isBeforeColon(text, end)) {
        inner.key = JSON.parse(text.slice(at, end)) as string
        if (inner.keys.has(inner.key)) return open.map(({ key }) => key)
        inner.keys.add(inner.key)
      }
      at = end - 1
    }
  }
  return undefined
}

/** Behind its closing quote. */
function endOfText(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function isBeforeColon(text: string, end: number): boolean {
  let at = end
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}
