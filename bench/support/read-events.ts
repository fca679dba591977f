// A reader of the live feed, as light as can be.

/** Calls `take` for each event until the signal aborts. Rejects when the feed cannot be had or ends
 *  by itself. */
export async function readEvents(
  url: string,
  cookie: string,
  signal: AbortSignal,
  take: (event: string, data: string) => void,
): Promise<void> {
  const response = await fetch(url, { headers: { cookie, accept: 'text/event-stream' }, signal })
  if (response.body === null || response.status !== 200) throw new Error(`the live feed answered ${response.status}`)
  let rest = ''
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const name = /^event: ?(.*)$/m.exec(event)?.[1]
        const data = /^data: ?(.*)$/m.exec(event)?.[1]
        if (name !== undefined && data !== undefined) take(name, data)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
