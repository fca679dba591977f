// Every signal the vehicle has ever sent, by group, with how old its value is. Names are those of
// VSS, as everywhere.
import type { VehicleSignal } from '../../../src/api/contract.ts'
import { showSignal } from '../format/signal-value.ts'
import { isCharted } from '../series/series-lines.ts'
import { Icon } from '../shell/icons.tsx'
import { Age } from '../shell/instant.tsx'
import { useNow } from '../shell/now.ts'
import { Empty } from '../shell/page-states.tsx'
import { WhoseClock } from '../twin/clock-badge.tsx'
import { sampleClockNews } from '../twin/clock-words.ts'
import { doubtWords } from '../twin/doubt-words.ts'

const signalStaleMs = 5 * 60_000

type Charting = {
  /** The path of the signal that is charted. */ readonly charted: string | null
  /** Charts a signal; null none. */ readonly onChart: (path: string | null) => void
}

export function SignalGroups({ signals, charted, onChart }: Charting & { readonly signals: readonly VehicleSignal[] }) {
  if (signals.length === 0) return <Empty title="No signal yet">This vehicle has sent events only.</Empty>
  const groups = Map.groupBy(signals, ({ group }) => group)
  const clocks = new Set(signals.flatMap(({ clock }) => clock ?? []))
  return (
    <div className="signal-groups">
      {clocks.size === 0 ? null : (
        <dl className="card clocks" aria-label="Clocks" data-testid="clocks">
          {[...clocks].sort().map((clock) => (
            <div key={clock}>
              <dt>{sampleClockNews[clock].title}</dt> <dd className="help">{sampleClockNews[clock].meaning}</dd>
            </div>
          ))}
        </dl>
      )}
      {[...groups].map(([group, members]) => (
        <section key={group} className="card" aria-label={group}>
          <h2>{group}</h2>
          <table className="signals">
            <thead className="for-readers">
              <tr>
                <th scope="col">Signal</th>
                <th scope="col">Value</th>
                <th scope="col">Age</th>
                {members.some(isCharted) ? <th scope="col">Chart</th> : null}
              </tr>
            </thead>
            <tbody>
              {members.map((signal) => (
                <Signal
                  key={signal.path}
                  signal={signal}
                  withChart={members.some(isCharted)}
                  charted={charted}
                  onChart={onChart}
                />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  )
}

type SignalProps = Charting & {
  readonly signal: VehicleSignal
  /** Whether any of its group has a chart. */ readonly withChart: boolean
}

function Signal({ signal, withChart, charted, onChart }: SignalProps) {
  // Values that do not change are not sent: an old value is only doubtful after a while, and what
  // identifies a car never is.
  const nowAt = useNow()
  const stale = signal.clockDoubt !== undefined || (signal.group !== 'Identity' && nowAt - signal.at > signalStaleMs)
  const segments = signal.path.replace(/^Vehicle\./, '').split('.')
  const shown = showSignal(signal)
  return (
    <tr className={stale ? 'stale' : undefined}>
      <th scope="row" title={signal.description === undefined ? signal.path : `${signal.path}: ${signal.description}`}>
        {segments.length > 1 ? (
          <span className="path">
            {segments.slice(0, -1).map((segment) => (
              <span key={segment}>
                {segment}.<wbr />
              </span>
            ))}
          </span>
        ) : null}
        {segments.at(-1)}
      </th>
      <td className="value">
        {shown.kind === 'value' ? (
          <>
            {shown.unit === '' ? (
              shown.text
            ) : (
              <span className="quantity">
                {shown.text}
                <span className="unit"> {shown.unit}</span>
              </span>
            )}
            {signal.doubt === undefined ? null : (
              <span className="invalid block">doubted: {doubtWords(signal.doubt)}</span>
            )}
          </>
        ) : shown.kind === 'unavailable' ? (
          <span className="unavailable" title="The car said it has no value">
            unavailable
          </span>
        ) : (
          <span className="invalid">invalid: {shown.reason}</span>
        )}
      </td>
      <td className="signal-age">
        <Age at={signal.at} staleMs={stale ? 0 : Number.POSITIVE_INFINITY} /> <WhoseClock clock={signal.clock} />
      </td>
      {withChart ? (
        <td className="signal-chart">
          {isCharted(signal) ? (
            <button
              type="button"
              className="icon-button"
              aria-label={`Chart of ${signal.path}`}
              aria-pressed={signal.path === charted}
              onClick={() => onChart(signal.path === charted ? null : signal.path)}
            >
              <Icon name="chart" />
            </button>
          ) : null}
        </td>
      ) : null}
    </tr>
  )
}
