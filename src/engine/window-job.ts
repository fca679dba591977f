// Windows as a job: takes items from records, gathers them by window, and says a result when event
// time has passed a window's end, again when a late item corrects it, until its lateness is over. A
// window is late when its end − 1 + `allowedLatenessMs` has been reached by the data
// (`Now.reachedAt`), never by time that passed in silence; a record all whose windows are late goes
// to topic `late` as it came. The same record twice counts once.
//
//   [startAt ······· endAt)        allowed lateness
//   ───────────────────────┼──────────────────────────┼──────────────►  event time
//        gathers            fires, and again with       forgotten; what comes
//                           each item that comes late   now goes to `late`
import type { Accumulator } from './accumulator.ts'
import { addId, joinIds, newIdSet, type IdSet } from './id-set.ts'
import type { Input, JobBy, JobState, Now, Output } from './job.ts'
import { jsonCodec, type TextCodec } from './part-codec.ts'
import { mergeSession, windowsOf, type Window, type Windows } from './windows.ts'

export type Item<Value> = {
  readonly at: number
  readonly value: Value
  /** Made of the value, it tells items apart that stand in different messages under one number;
   *  without it, of those the one that came first counts. Costs an entry in the state of a window
   *  for each that differs, so let it have few forms. */
  readonly id?: string
}

export type WindowOptions<KeyedBy extends 'vehicle' | 'text', Value, Acc> = Pick<
  JobBy<KeyedBy, object>,
  'name' | 'version' | 'keyedBy' | 'reads' | 'writes' | 'time'
> & {
  readonly windows: Windows
  /** How far the data may have passed the end of a window and still correct it. 0 when absent. */
  readonly allowedLatenessMs?: number
  /** `accumulating`: each result is of all items so far and replaces the one before. `purging`: of
   *  the items since the last one, which the reader is to add up. */
  readonly panes?: 'accumulating' | 'purging'
  /** The items that the record has for windows; none to pass it over. */
  take(input: Input): readonly Item<Value>[]
  readonly accumulator: Accumulator<Value, Acc>
  readonly topic: string
  /** The value of a result. `key` is the text of the key, `tenant/vehicle` of a vehicle. */
  result(key: string, window: Window, acc: Acc): object
}

/** A window that items fell in: the results said so far, and the windows it took the place of that
 *  still have a result. */
type Known = Window & { readonly panes: number; readonly replaces: readonly number[] }
type Content<Acc> = { acc: Acc; readonly ids: IdSet }

type WindowParts<Acc> = { index: readonly Known[]; window: Content<Acc> }

type State<Acc> = JobState<WindowParts<Acc>>

/** Windows of a key that fell silent are kept so long beyond their lateness, in event time, for
 *  what may still come. */
const silentKeptMs = 7 * 86_400_000
/** And looked at again so often at most. */
const recheckMs = 60_000

export function windowJob<KeyedBy extends 'vehicle' | 'text', Value, Acc>(
  options: WindowOptions<KeyedBy, Value, Acc>,
): JobBy<KeyedBy, WindowParts<Acc>> {
  const { name, version, keyedBy, reads, writes, time } = options
  const windows = new WindowKeeper(options)
  return {
    name,
    version,
    keyedBy,
    reads,
    writes,
    ...(time && { time }),
    // Panes that are to be added up are each said, however alike.
    ...(options.panes === 'purging' && { saidMax: 0 }),
    codecs: { index: jsonCodec(), window: contentCodec(options.accumulator.codec) },
    apply: (state, input, now) => windows.take(state, input, now),
    emit: (state, key, now) =>
      now.fired.flatMap((timer) =>
        windows.fire(state, typeof key === 'string' ? key : `${key.tenant}/${key.vehicle}`, timer, now),
      ),
  }
}

const contentCodec = <Acc>(codec: TextCodec<Acc>): TextCodec<Content<Acc>> => ({
  form: 'text',
  encode: ({ acc, ids }) => JSON.stringify({ ids, acc: codec.encode(acc) }),
  decode(text) {
    const { ids, acc } = JSON.parse(text) as { readonly ids: IdSet; readonly acc: string }
    return { ids, acc: codec.decode(acc) }
  },
})

class WindowKeeper<Value, Acc> {
  readonly #options: WindowOptions<'vehicle' | 'text', Value, Acc>

  constructor(options: WindowOptions<'vehicle' | 'text', Value, Acc>) {
    this.#options = options
  }

  take(state: State<Acc>, input: Input, now: Now): void {
    const { windows, name, take } = this.#options
    let refused = false
    for (const [number, { at, value, id: own }] of take(input).entries()) {
      // So that ids end in the number of their message, and are kept as ranges.
      const id = own === undefined ? `${number}/${input.id}` : `${number}/${own}/${input.id}`
      const found = windowsOf(windows, at).flatMap((window) => this.#open(state, window, now) ?? [])
      if (found.length === 0) refused = true
      for (const known of found) this.#add(state, known, id, value)
    }
    if (refused) state.late(input, `late-${name}`)
  }

  fire(state: State<Acc>, key: string, timer: string, now: Now): Output[] {
    const [action, startAt] = timer.split(' ')
    const known = state.get('index')?.find((window) => window.startAt === Number(startAt))
    if (known === undefined) return []
    if (action === 'fire') return this.#say(state, key, known)
    const overAt = this.#overAt(known)
    if (now.reachedAt < overAt && now.eventAt < overAt + silentKeptMs)
      state.timer(timer, Math.max(now.eventAt, overAt) + Math.max(recheckMs, overAt - now.reachedAt))
    else this.#forget(state, known)
    return []
  }

  /** The window as it is known, merged into those it touches where it is a session; undefined when
   *  it is late. */
  #open(state: State<Acc>, window: Window, now: Now): Known | undefined {
    const isOver = (one: Window): boolean => this.#overAt(one) <= now.reachedAt
    const index = (state.get('index') ?? []).filter((known) => !isOver(known))
    if (this.#options.windows.kind === 'fixed') {
      if (isOver(window)) return undefined
      return index.find(({ startAt }) => startAt === window.startAt) ?? { ...window, panes: 0, replaces: [] }
    }
    const { merged, replaced } = mergeSession(index, window)
    if (isOver(merged)) return undefined
    const [only] = replaced
    if (only !== undefined && only.startAt === merged.startAt && only.endAt === merged.endAt) return only
    return this.#join(state, merged, replaced)
  }

  #join(state: State<Acc>, merged: Window, replaced: readonly Known[]): Known {
    const { accumulator } = this.#options
    const joined: Content<Acc> = { acc: accumulator.empty(), ids: newIdSet() }
    for (const known of replaced) {
      const { acc, ids } = state.get('window', known.startAt)!
      joined.acc = accumulator.merge(joined.acc, acc)
      joinIds(joined.ids, ids)
      this.#forget(state, known)
    }
    state.put('window', merged.startAt, joined)
    const said = replaced
      .filter(({ panes, startAt }) => panes > 0 && startAt !== merged.startAt)
      .map(({ startAt }) => startAt)
    const known: Known = {
      ...merged,
      panes: replaced.reduce((sum, { panes }) => sum + panes, 0),
      replaces: [...replaced.flatMap(({ replaces }) => replaces), ...said],
    }
    this.#remember(state, known)
    return known
  }

  #add(state: State<Acc>, known: Known, id: string, value: Value): void {
    const { accumulator } = this.#options
    const { startAt, endAt } = known
    const content = state.get('window', startAt) ?? { acc: accumulator.empty(), ids: newIdSet() }
    if (!addId(content.ids, id)) return
    content.acc = accumulator.add(content.acc, value)
    state.put('window', startAt, content)
    this.#remember(state, known)
    // Timers of one instant fire in the order of their names: a window says its result before it is
    // over.
    state.timer(`fire ${startAt}`, endAt - 1)
    state.timer(`over ${startAt}`, this.#overAt(known))
  }

  #say(state: State<Acc>, key: string, known: Known): Output[] {
    const { topic, panes: mode, accumulator, result } = this.#options
    const { startAt, endAt, panes, replaces } = known
    const content = state.get('window', startAt)!
    const idOf = (start: number): string => (mode === 'purging' ? `${key}/${start}/${panes}` : `${key}/${start}`)
    const value = result(key, { startAt, endAt }, content.acc)
    const gone = mode === 'purging' ? [] : replaces
    if (mode === 'purging') state.put('window', startAt, { acc: accumulator.empty(), ids: content.ids })
    this.#remember(state, { startAt, endAt, panes: panes + 1, replaces: [] })
    return [
      ...gone.map((start): Output => ({ topic, id: idOf(start), key, at: endAt - 1, value: null })),
      { topic, id: idOf(startAt), key, at: endAt - 1, value },
    ]
  }

  #remember(state: State<Acc>, known: Known): void {
    const others = (state.get('index') ?? []).filter(({ startAt }) => startAt !== known.startAt)
    state.put('index', undefined, [...others, known])
  }

  #forget(state: State<Acc>, { startAt }: Known): void {
    const others = (state.get('index') ?? []).filter((known) => known.startAt !== startAt)
    if (others.length === 0) state.delete('index')
    else state.put('index', undefined, others)
    state.delete('window', startAt)
    state.cancel(`fire ${startAt}`)
    state.cancel(`over ${startAt}`)
  }

  /** The instant that the data has to reach for the window to be late. */
  #overAt({ endAt }: Window): number {
    return endAt - 1 + (this.#options.allowedLatenessMs ?? 0)
  }
}
