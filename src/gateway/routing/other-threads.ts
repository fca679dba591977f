// The other threads of the gateway, as the router sees them: a port, which peers.ts is. Calls are
// synchronous, and every one that tells the others something is heard by them in the order of the
// calls.
import type { RoutedMessage } from '../session/routed-message.ts'
import type { Session } from '../session/session.ts'
import type { TopicFilter } from '../../mqtt/topic-filter.ts'

export interface OtherThreads {
  /** The number of this thread. */
  readonly self: number
  readonly wants: {
    /** A member of ours, new to the filter. */
    added(parsed: TopicFilter, isConnected: boolean): void
    removed(parsed: TopicFilter, wasConnected: boolean): void
    /** A member of a share group of ours has come or gone. */
    linked(parsed: TopicFilter, isConnected: boolean): void
  }
  readonly remote: {
    hasSubscribers(levels: readonly string[]): boolean
    /** Takes a message of ours into the batch, for the threads that want it. Gives those of
     *  `ownGroups`, filters of share groups with members here, whose turn is here. */
    address(message: RoutedMessage, ownGroups: readonly string[]): readonly string[]
    /** The same for one group. Gives whether the turn is here. */
    addressGroup(message: RoutedMessage, group: string, isOurs: boolean): boolean
    /** Takes a retained message into the batch, for the thread that keeps its topic. */
    keep(message: RoutedMessage): void
  }
  /** Whether the other of two owners serves the session what `publisher` says. */
  isServedElsewhere(session: Session, publisher: number): boolean
  /** Calls back once every other thread has heard what was told so far, and we every retained
   *  message that any thread took in before it heard that. */
  fence(done: () => void): void
  /** A retained message has expired; the home of its topic removes it from the store. */
  forgetRetained(topic: string): void
}
