// A bucket of tokens for each key: so many at once, then so many a second. Memory is bounded:
// beyond `keysMax` the keys longest unused are forgotten, which gives them a full bucket again.
import type { Clock } from '../base/clock.ts'

export type RateLimit = {
  /** Takes a token: 0, or the milliseconds until there is one. */
  take(key: string): number
  /** Gives one back: what was taken should not have counted. */
  giveBack(key: string): void
}

type Bucket = { tokens: number; at: number }

export function createRateLimit(
  clock: Clock,
  limit: { readonly burst: number; readonly perSecond: number; readonly keysMax: number },
): RateLimit {
  /** In order of last use: a Map keeps insertion order, and every use inserts again. */
  const buckets = new Map<string, Bucket>()

  const filled = (key: string): Bucket => {
    const now = clock.now()
    const bucket = buckets.get(key) ?? { tokens: limit.burst, at: now }
    // A clock that is set back must neither take tokens away nor stop the filling.
    const passedMs = Math.max(0, now - bucket.at)
    bucket.tokens = Math.min(limit.burst, bucket.tokens + (passedMs / 1000) * limit.perSecond)
    bucket.at = now
    buckets.delete(key)
    buckets.set(key, bucket)
    const oldest = buckets.keys().next()
    if (buckets.size > limit.keysMax && oldest.done !== true) buckets.delete(oldest.value)
    return bucket
  }

  return {
    take(key) {
      const bucket = filled(key)
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / limit.perSecond) * 1000)
      bucket.tokens -= 1
      return 0
    },
    giveBack(key) {
      const bucket = filled(key)
      bucket.tokens = Math.min(limit.burst, bucket.tokens + 1)
    },
  }
}
