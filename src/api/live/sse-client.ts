// A reader of server-sent events as browsers read them, for tests: fields, ids and comments of
// WHATWG HTML 9.2, one event after the other.
import { request, type IncomingMessage } from 'node:http'

export type SseEvent = { readonly event: string; readonly id: string | undefined; readonly data: unknown }

export type SseClient = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The next event; rejects when the connection ends before. */
  next(): Promise<SseEvent>
  /** The id to resume from. */
  lastEventId(): string | undefined
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<void>
  close(): void
}

/** Connects; for another status than 200 the only event is none. */
export async function openSse(url: string, headers: Readonly<Record<string, string>>): Promise<SseClient> {
  const events: SseEvent[] = []
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let lastEventId: string | undefined
  let isOver = false
  let wake = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<IncomingMessage>()
  const asked = request(url, { headers }, answer.resolve)
  asked.on('error', answer.reject)
  asked.end()
  const response = await answer.promise

  const over = (): void => {
    isOver = true
    wake.resolve()
    end()
  }
  let rest = ''
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
      )
      lastEventId = fields.get('id') ?? lastEventId
      const data = fields.get('data')
      if (data !== undefined)
        events.push({ event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) })
    }
    wake.resolve()
  })
  response.on('close', over)
  response.on('error', over)

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    ended,
    lastEventId: () => lastEventId,
    close: () => asked.destroy(),
    async next() {
      for (;;) {
        const event = events.shift()
        if (event !== undefined) return event
        if (isOver) throw new Error('the connection has ended')
        wake = Promise.withResolvers<void>()
        await wake.promise
      }
    },
  }
}
