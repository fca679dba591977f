// The read under way. Packets that are read in one go are received at one time and are charged
// together. There is one such object for a thread, since a thread reads one socket at a time.
import type { Clock } from '../base/clock.ts'

export class CurrentRead {
  readonly #logClock: Clock
  /** `performance.now()` when it began, and the log's time. */
  startedAt = 0
  receivedAt = 0
  /** Cost of its packets beyond their count and their bytes (rate-limit.ts). */
  extraMessages = 0
  extraBytes = 0

  constructor(logClock: Clock) {
    this.#logClock = logClock
  }

  begin(): void {
    this.startedAt = performance.now()
    this.receivedAt = this.#logClock.now()
    this.extraMessages = this.extraBytes = 0
  }

  /** Charges the client under way for more than it sent. */
  charge(messages: number, bytes = 0): void {
    this.extraMessages += messages
    this.extraBytes += bytes
  }
}
