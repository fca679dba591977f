// The life of the connection to the live feed, as a value. The worker owns the sockets and timers;
// this only decides.
//
//              opened                 lost
//   connecting ──────▶ live ─────────────────┐
//     ▲   │                                  ▼
//     │   └────────────── lost ─────────▶ waiting ── due ──┐
//     └────────────────────────────────────────────────────┘
//   any ── refused ──▶ closed (signed out)     any ── stop ──▶ closed     closed ── start ──▶ connecting

export type FeedState =
  | { readonly kind: 'connecting'; readonly attempt: number; readonly heardAt: number | null }
  | { readonly kind: 'live'; readonly heardAt: number }
  | {
      readonly kind: 'waiting'
      readonly attempt: number
      readonly heardAt: number | null
      readonly retryAt: number
      readonly reason: LostReason
    }
  | { readonly kind: 'closed'; readonly reason: 'stopped' | 'signed-out'; readonly heardAt: number | null }

/** `silent`: the connection stood but nothing came, not even a keep-alive. `slow`: the server ended
 *  it. */
export type LostReason = 'unreachable' | 'refused' | 'ended' | 'silent'

export type FeedEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'opened'; readonly at: number }
  | { readonly kind: 'heard'; readonly at: number }
  /** `random` in [0, 1) spreads the retries of many screens. */
  | { readonly kind: 'lost'; readonly at: number; readonly reason: LostReason; readonly random: number }
  | { readonly kind: 'due' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'stop' }

export const feedLimits = { firstRetryMs: 500, retryMsMax: 15_000, silenceMs: 40_000 } as const

export const initialFeed: FeedState = { kind: 'closed', reason: 'stopped', heardAt: null }

type StateOf<Kind extends FeedState['kind']> = Extract<FeedState, { kind: Kind }>
type EventOf<Kind extends FeedEvent['kind']> = Extract<FeedEvent, { kind: Kind }>
/** Every cell is decided, or this does not compile. */
type Table = {
  readonly [S in FeedState['kind']]: {
    readonly [E in FeedEvent['kind']]: (state: StateOf<S>, event: EventOf<E>) => FeedState
  }
}

const stay = <State extends FeedState>(state: State): FeedState => state
const stopped = ({ heardAt }: FeedState): FeedState => ({ kind: 'closed', reason: 'stopped', heardAt })
const signedOut = ({ heardAt }: FeedState): FeedState => ({ kind: 'closed', reason: 'signed-out', heardAt })
const opened = (_: FeedState, { at }: EventOf<'opened'>): FeedState => ({ kind: 'live', heardAt: at })

function wait(attempt: number, heardAt: number | null, { at, reason, random }: EventOf<'lost'>): FeedState {
  const ceilingMs = Math.min(feedLimits.retryMsMax, feedLimits.firstRetryMs * 2 ** attempt)
  return {
    kind: 'waiting',
    attempt: attempt + 1,
    heardAt,
    retryAt: at + ceilingMs / 2 + (ceilingMs / 2) * random,
    reason,
  }
}

const table: Table = {
  connecting: {
    start: stay,
    opened,
    heard: stay,
    lost: (state, event) => wait(state.attempt, state.heardAt, event),
    due: stay,
    refused: signedOut,
    stop: stopped,
  },
  live: {
    start: stay,
    opened,
    heard: (_, { at }) => ({ kind: 'live', heardAt: at }),
    lost: (state, event) => wait(0, state.heardAt, event),
    due: stay,
    refused: signedOut,
    stop: stopped,
  },
  waiting: {
    start: ({ heardAt, attempt }) => ({ kind: 'connecting', attempt, heardAt }),
    opened: stay,
    heard: stay,
    lost: stay,
    due: ({ heardAt, attempt }) => ({ kind: 'connecting', attempt, heardAt }),
    refused: signedOut,
    stop: stopped,
  },
  closed: {
    start: ({ heardAt }) => ({ kind: 'connecting', attempt: 0, heardAt }),
    opened: stay,
    heard: stay,
    lost: stay,
    due: stay,
    refused: signedOut,
    stop: stay,
  },
}

/** The state after `event`. Pure. */
export function nextFeed(state: FeedState, event: FeedEvent): FeedState {
  const cell = table[state.kind][event.kind] as (state: FeedState, event: FeedEvent) => FeedState
  return cell(state, event)
}

/** The state of the connection as a person is told it. `offline` once nothing has come for
 *  `silenceMs`, or the browser itself has no network. */
export type Connection = {
  readonly level: 'connecting' | 'live' | 'reconnecting' | 'offline' | 'closed'
  readonly heardAt: number | null
}

export function connectionOf(state: FeedState, nowAt: number, networkUp: boolean): Connection {
  const { heardAt } = state
  if (state.kind === 'closed') return { level: 'closed', heardAt }
  if (state.kind === 'live') return { level: 'live', heardAt }
  if (!networkUp) return { level: 'offline', heardAt }
  if (heardAt === null)
    return { level: state.kind === 'waiting' && state.attempt > 2 ? 'offline' : 'connecting', heardAt }
  return { level: nowAt - heardAt > feedLimits.silenceMs ? 'offline' : 'reconnecting', heardAt }
}
