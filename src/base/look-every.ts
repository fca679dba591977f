// The timer of deadlines, where connections have none of their own.

/** Calls `look` every `everyMs`, after the poll for input: what arrived while this process was the one late is read before anyone is called silent. */
export function lookEvery(everyMs: number, look: () => void): Disposable {
  let judgement: NodeJS.Immediate | undefined
  const timer = setInterval(() => {
    judgement ??= setImmediate(() => {
      judgement = undefined
      look()
    })
  }, everyMs)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      clearImmediate(judgement)
    },
  }
}
