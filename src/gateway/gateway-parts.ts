// The parts of the gateway that its connections share. Each has an owner with methods; a handler
// takes from here the few it uses.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Ingest } from '../ingest/ingest.ts'
import type { Door } from './door.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import type { CurrentRead } from './current-read.ts'
import type { Router } from './routing/router.ts'
import type { RoutedMessage } from './session/routed-message.ts'
import type { DeliveryContext } from './session/session.ts'
import type { Sessions } from './sessions.ts'
import type { Flushes } from './flushes.ts'

/** `clock` is that of deadlines and expiries, which a correction of the system's time must not make
 *  due. */
export type GatewayParts = DeliveryContext & {
  /** Clock of instants that are kept: the log's, which a wall clock that is set wrong does not
   *  move. */
  readonly logClock: Clock
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  readonly door: Door
  readonly sessions: Sessions
  readonly router: Router
  readonly ingest: Ingest<RoutedMessage>
  readonly reading: CurrentRead
  readonly flushes: Pick<Flushes, 'add'>
}
