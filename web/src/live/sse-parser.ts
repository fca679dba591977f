// Server-sent events out of a stream of text, by the rules of the WHATWG HTML standard (9.2.6), in
// a worker of ours: unlike EventSource it leaves the HTTP status, the silence of a connection and
// Last-Event-ID across refused attempts to us.

export type SseEvent = {
  readonly event: string
  readonly data: string
  /** The last id seen so far, '' when none. */ readonly id: string
}

export type SseParser = {
  /** Feeds the next piece of text; calls `onEvent` for each event that is now complete. Throws
   *  RangeError when one event is larger than the bound. */
  push(text: string): void
  /** The id to resume from. An event that carries only an id moves it too: a quiet feed's point
   *  must not fall behind what is kept. */
  lastEventId(): string
}

/** 100,000 cars in one positions event stay under it. */
const pendingCharsMax = 32 * 1024 * 1024

export function createSseParser(onEvent: (event: SseEvent) => void, lastEventId = ''): SseParser {
  let rest = ''
  let event = ''
  let data: string[] = []
  let dataChars = 0
  let id = lastEventId
  let committedId = lastEventId
  let endedWithCr = false

  const dispatch = (): void => {
    committedId = id
    if (data.length > 0) onEvent({ event: event === '' ? 'message' : event, data: data.join('\n'), id })
    event = ''
    data = []
    dataChars = 0
  }

  const line = (text: string): void => {
    if (text === '') return dispatch()
    const colon = text.indexOf(':')
    if (colon === 0) return
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'data') {
      data.push(value)
      dataChars += value.length
    }
  }

  return {
    push(text) {
      // Nothing came, so a CR that ended the last piece is still the last character.
      if (text === '') return
      // A line may end in CR, LF or CRLF, and a CRLF may be cut between two pieces.
      const piece = endedWithCr && text.startsWith('\n') ? text.slice(1) : text
      endedWithCr = text.endsWith('\r')
      let start = 0
      for (let at = nextBreak(piece, 0); at !== -1; at = nextBreak(piece, start)) {
        line(rest + piece.slice(start, at))
        rest = ''
        start = piece[at] === '\r' && piece[at + 1] === '\n' ? at + 2 : at + 1
      }
      rest += piece.slice(start)
      if (rest.length + dataChars > pendingCharsMax)
        throw new RangeError(`One event of the live feed is larger than ${pendingCharsMax} characters.`)
    },
    lastEventId: () => committedId,
  }
}

function nextBreak(text: string, from: number): number {
  const lf = text.indexOf('\n', from)
  const cr = text.indexOf('\r', from)
  if (cr === -1) return lf
  return lf === -1 ? cr : Math.min(lf, cr)
}
