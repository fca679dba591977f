// A reader of XML 1.0 that is given text piece by piece and holds one tag of it. Invariants: where
// the pieces are cut makes no difference to what is told, but for how a text is divided; names are
// told with their namespace, never by their prefix. No document type is read, so no entity grows.
import { RecordingError } from '../recorded-sample.ts'

export type XmlElement = {
  /** The namespace, '' when it is in none. */
  readonly space: string
  readonly name: string
  /** By name, those without a prefix. */
  readonly attributes: ReadonlyMap<string, string>
  readonly line: number
}

export type XmlHandler = {
  readonly open: (element: XmlElement) => void
  /** Any number of times between two tags, entities resolved. */
  readonly text: (text: string) => void
  readonly close: (element: XmlElement) => void
}

type Open = XmlElement & { readonly tag: string; readonly spaces: ReadonlyMap<string, string> }

/** More than any tag or nesting of a format for people's data has. */
const tagLengthMax = 65_536
const depthMax = 256

/** Both throw a `RecordingError` (`format`) with the line and the remedy for what is not
 *  well-formed. `end` says that all was written. */
export type XmlReader = { readonly write: (text: string) => void; readonly end: () => void }

export function openXml(handler: XmlHandler): XmlReader {
  const stack: Open[] = []
  let rest = ''
  let line = 1
  let hasRoot = false
  /** The text that ends the comment, instruction or CDATA section that is being read. */
  let until: '-->' | '?>' | ']]>' | undefined

  const fault = (what: string): RecordingError => new RecordingError('format', `line ${line}: ${what}`)

  const tell = (text: string): void => {
    if (stack.length > 0) handler.text(text)
    else if (/[^\s\ufeff]/.test(text))
      throw fault(
        hasRoot
          ? 'there is text after the end of the XML. Remove it, or make files of their own of what was put together.'
          : 'it does not begin with an XML element. Is it another kind of file?',
      )
  }

  /** Takes what begins at `at` and gives where the next begins; undefined when its end is not there
   *  yet. */
  const take = (text: string, at: number): number | undefined => {
    if (until !== undefined) {
      const end = text.indexOf(until, at)
      const next = end === -1 ? Math.max(at, text.length - until.length + 1) : end
      if (until === ']]>' && next > at) tell(text.slice(at, next))
      if (end === -1) return next > at ? next : undefined
      const after = end + until.length
      until = undefined
      return after
    }
    if (text[at] !== '<') {
      const end = endOfText(text, at)
      if (end === at) return undefined
      tell(resolveEntities(text.slice(at, end)))
      return end
    }
    if (text.startsWith('<!', at)) return text.length - at < 9 ? undefined : takeDeclaration(text, at)
    if (text.startsWith('<?', at)) {
      until = '?>'
      return at + 2
    }
    tagPattern.lastIndex = at
    const tag = tagPattern.exec(text)?.[0]
    if (tag === undefined) return undefined
    if (tag.startsWith('</')) takeClose(tag)
    else takeOpen(tag)
    return at + tag.length
  }

  const takeDeclaration = (text: string, at: number): number | undefined => {
    if (text.startsWith('<!--', at)) {
      until = '-->'
      return at + 4
    }
    if (text.startsWith('<![CDATA[', at)) {
      until = ']]>'
      return at + 9
    }
    if (!text.startsWith('<!DOCTYPE', at)) throw fault('this is no XML. Is the file damaged?')
    const end = text.indexOf('>', at)
    if (text.slice(at, end === -1 ? undefined : end).includes('['))
      throw fault('it defines entities of its own, which are not read. Save it without a document type.')
    return end === -1 ? undefined : end + 1
  }

  const takeOpen = (text: string): void => {
    const tag = /^<([^\s/>"'=<]+)/.exec(text)?.[1]
    if (tag === undefined) throw fault('there is a "<" that begins no tag. Write it as &lt;, or is the file damaged?')
    if (stack.length === 0 && hasRoot) throw fault('a second document begins here. Make a file of its own of it.')
    if (stack.length === depthMax) throw fault(`elements are nested more than ${depthMax} deep. Is the file damaged?`)
    const isEmpty = text.endsWith('/>')
    const parent = stack.at(-1)
    let spaces = parent?.spaces ?? noSpaces
    const attributes = new Map<string, string>()
    const left = text
      .slice(tag.length + 1, isEmpty ? -2 : -1)
      .replaceAll(attributePattern, (_all, name: string, quoted: string) => {
        const value = resolveEntities(quoted.slice(1, -1))
        if (name === 'xmlns') spaces = new Map([...spaces, ['', value]])
        else if (name.startsWith('xmlns:')) spaces = new Map([...spaces, [name.slice(6), value]])
        else if (!name.includes(':')) attributes.set(name, value)
        return ''
      })
    if (left.trim() !== '') throw fault(`the attributes of <${tag}> cannot be read. Is the file damaged?`)
    const colon = tag.indexOf(':')
    const element: Open = {
      space: spaces.get(colon === -1 ? '' : tag.slice(0, colon)) ?? '',
      name: tag.slice(colon + 1),
      attributes,
      line,
      tag,
      spaces,
    }
    hasRoot = true
    stack.push(element)
    handler.open(element)
    if (isEmpty) handler.close(stack.pop() ?? element)
  }

  const takeClose = (text: string): void => {
    const tag = text.slice(2, -1).trimEnd()
    const element = stack.pop()
    if (element === undefined || element.tag !== tag)
      throw fault(
        `</${tag.slice(0, 80)}> closes ${element === undefined ? 'nothing' : `<${element.tag}> of line ${element.line}`}. Is the file damaged?`,
      )
    handler.close(element)
  }

  return {
    write(text) {
      rest += text
      let at = 0
      for (let next = take(rest, at); next !== undefined; next = at < rest.length ? take(rest, at) : undefined) {
        line += countLines(rest, at, next)
        at = next
      }
      rest = rest.slice(at)
      if (rest.length > tagLengthMax)
        throw fault(`a tag of more than ${tagLengthMax} characters begins here. Is the file damaged?`)
    },
    end() {
      if (rest !== '' && stack.length === 0) tell(rest)
      const open = stack.map(({ tag }) => `</${tag}>`).toReversed()
      if (open.length > 0 || rest !== '' || until !== undefined)
        throw fault(
          `it ends in the middle${open.length === 0 ? '' : `, before ${open.join('')}`}: it was cut off. ` +
            'Copy it anew, or remove what follows the last whole element and write the closing tags at its end.',
        )
      if (!hasRoot) throw fault('it is empty: there is no XML element in it.')
    },
  }
}

const noSpaces: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']])
// A ">" within quotes ends no tag.
const tagPattern = /<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>/y
const attributePattern = /([^\s=/"'<]+)\s*=\s*("[^"<]*"|'[^'<]*')/g

/** Where the text at `at` ends, before an entity whose end is not there yet. */
function endOfText(text: string, at: number): number {
  const end = text.indexOf('<', at)
  if (end !== -1) return end
  const entity = text.lastIndexOf('&')
  return entity >= at && text.length - entity <= entityLengthMax && !text.includes(';', entity) ? entity : text.length
}

/** `&#x10FFFF;` and some zeros before it. */
const entityLengthMax = 16
const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

/** An entity that XML does not have stays as it is written. */
const resolveEntities = (text: string): string =>
  text.includes('&')
    ? text.replaceAll(
        /&(?:#x([0-9a-fA-F]{1,12})|#(\d{1,12})|(\w{1,14}));/g,
        (all, hex?: string, decimal?: string, name?: string) => {
          if (name !== undefined) return entities.get(name) ?? all
          const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
          return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : '\ufffd'
        },
      )
    : text

function countLines(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}
