// A subscription of a session: its filter, cut into levels, and how it is served.
import type { TopicFilter } from '../../mqtt/topic-filter.ts'

export type Subscription = {
  readonly parsed: TopicFilter
  readonly qos: 0 | 1 | 2
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly subscriptionId: number | undefined
}
