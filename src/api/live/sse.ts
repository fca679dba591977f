// Server-sent events as text (WHATWG HTML, 9.2). JSON has no raw line ends, so an event's data is
// always one line.

/** A whole event; with an id it is also where the reader resumes. */
export const eventText = (event: string, data: object, id?: string): string =>
  rawEventText(event, JSON.stringify(data), id)

/** The same with data that is JSON already. */
export const rawEventText = (event: string, json: string, id?: string): string =>
  id === undefined ? `event: ${event}\ndata: ${json}\n\n` : `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`

/** Moves the reader's resume point without an event: with no data, browsers keep the id and
 *  dispatch nothing. */
export const idText = (id: string): string => `id: ${id}\n\n`

/** A comment: shows both ends and every proxy between that the connection lives. */
export const heartbeatText = ': still here\n\n'

/** How soon a browser comes back after the connection was lost. */
export const retryText = (ms: number): string => `retry: ${ms}\n\n`
