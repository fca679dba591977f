// Metrics that a process of ours serves as Prometheus' text.
const answerWithinMs = 2_000

/** Undefined while it does not answer: it stands still, or is gone. */
export async function scrape(url: string): Promise<string | undefined> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) })).text()
  } catch {
    return undefined
  }
}

/** The sum of a gauge or counter over its labels. */
export const sumIn = (text: string, metric: string): number =>
  [...text.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )

/** The values of a gauge by its label `topic`. */
export const byTopicIn = (text: string, metric: string): readonly (readonly [topic: string, value: number])[] =>
  [...text.matchAll(new RegExp(`^${metric}\\{topic="([^"]*)"\\} (\\S+)$`, 'gm'))].map(
    ([, topic = '', value]) => [topic, Number(value)] as const,
  )
