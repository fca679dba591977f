// JSON with the two mistakes that libraries make by themselves: the tokens NaN, Infinity and
// -Infinity, which Python's json writes for floats that are no numbers, and zero bytes behind the
// end, which C programs send with their texts. One pass, no recursion, and only where JSON.parse
// has said no. Invariant: nothing inside a text is changed.

/** The value such a token becomes, and a number that JSON can write and not hold (1e999) wherever
 *  it is kept. */
export const notANumber = { invalid: 'not-a-number' } as const
const token = JSON.stringify(notANumber)
const words = ['NaN', 'Infinity', '-Infinity'] as const

/** The value of a text that publishers and cars write; undefined for what is no JSON either way.
 *  Never throws. Depth costs nothing, as parsing is not recursive. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parseLenientJson(text)
  }
}

/** The JSON of a text to which JSON.parse has said no; undefined when it is none either way. Never
 *  throws. */
export function parseLenientJson(text: string): unknown {
  const end = endOf(text)
  try {
    return JSON.parse(
      text.includes('NaN') || text.includes('Infinity') ? replaceTokens(text.slice(0, end)) : text.slice(0, end),
    )
  } catch {
    return undefined
  }
}

function endOf(text: string): number {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return end
}

function replaceTokens(text: string): string {
  let replaced = ''
  let copied = 0
  let isInText = false
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (isInText && char === '\\') index++
    else if (char === '"') isInText = !isInText
    else if (!isInText && (char === 'N' || char === 'I' || char === '-')) {
      const word = words.find((each) => text.startsWith(each, index))
      if (word === undefined) continue
      replaced += text.slice(copied, index) + token
      copied = index + word.length
      index = copied - 1
    }
  }
  return replaced + text.slice(copied)
}
