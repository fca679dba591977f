// The cursors of the stores' own lists: the sort key of a page's last row, named for its list.
// Whatever text comes back as `after`, it is either a key of that list's shape or refused.
import { Outage } from '../base/errors.ts'

export type CursorKey = readonly (string | number)[]

/** Parts of a key by type: `n` a finite number, `s` a text. */
export type CursorShape = readonly ('n' | 's')[]

const charsMax = 1000

export const encodeCursor = (list: string, key: CursorKey): string =>
  Buffer.from(JSON.stringify([list, ...key])).toString('base64url')

/** Throws Outage BAD_CURSOR (not retryable). */
export function decodeCursor(list: string, shape: CursorShape, cursor: string): CursorKey {
  if (cursor.length <= charsMax) {
    const [name, ...key] = parseArray(Buffer.from(cursor, 'base64url').toString())
    if (name === list && isKey(key, shape)) return key
  }
  throw new Outage(
    'BAD_CURSOR',
    `This is not a cursor of the list of ${list}: give the "next" of the page before, or none.`,
    {
      retryable: false,
    },
  )
}

const isKey = (key: readonly unknown[], shape: CursorShape): key is CursorKey =>
  key.length === shape.length && key.every((part, i) => isPart(part, shape[i]))

// U+0000 cannot be asked for in PostgreSQL, so no row has it.
const isPart = (part: unknown, kind: 'n' | 's' | undefined): boolean =>
  kind === 'n' ? Number.isFinite(part) : typeof part === 'string' && !part.includes('\0')

function parseArray(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
