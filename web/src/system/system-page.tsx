// How Roadstream itself is doing: how much comes in, how fast it gets through, and whether anything
// went missing.
import { useQuery } from '@tanstack/react-query'
import type { Percentiles, SystemState } from '../../../src/api/contract.ts'
import { systemQuery } from '../api/queries.ts'
import { FleetAnomalies } from '../anomalies/fleet-anomalies.tsx'
import { formatBytes, formatCount, formatLatency, formatRate, none } from '../format/units.ts'
import { Age, Instant } from '../shell/instant.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { Damaged } from './damaged.tsx'
import { Endings } from './endings.tsx'
import { LedgerTable, LedgerTotals } from './ledger-table.tsx'
import { Publishers } from './publishers.tsx'
import { ReasonCodes } from './reason-codes.tsx'
import { Room } from './room.tsx'
import { Sessions } from './sessions.tsx'
import { Figure } from '../shell/figure.tsx'

export default function SystemPage() {
  const { data: system, error, dataUpdatedAt, refetch } = useQuery(systemQuery)
  if (system === undefined)
    return (
      <div className="page">
        <PageHeader title="System" />
        {error === null ? (
          <Loading what="the system's state" />
        ) : (
          <Failed what="system's state" error={error} retry={() => void refetch()} />
        )}
      </div>
    )
  const hasClients = system.bridge === null
  const isGatewayKnown = system.vehicles.connected !== null
  return (
    <div className="page">
      <PageHeader title="System" note={<Age at={dataUpdatedAt} staleMs={10_000} />} />
      <Outdated error={error} />
      <Figures system={system} />
      <div className="columns">
        <Latencies latencyMs={system.latencyMs} />
        <Lag lag={system.lag} />
        {hasClients ? <Endings disconnects={system.disconnects} isKnown={isGatewayKnown} /> : null}
      </div>
      <Room room={system.room} />
      <Sessions bridge={system.bridge} />
      {hasClients ? <ReasonCodes reasonCodes={system.reasonCodes} isKnown={isGatewayKnown} /> : null}
      <section className="card" aria-labelledby="ledger-title">
        <h2 id="ledger-title">Ledger: has anything gone missing?</h2>
        <p className="help">
          Each car counts what it sends; Roadstream counts what arrives. What was sent is stored, refused or missing.
        </p>
        <Damaged ranges={system.damaged} />
        <LedgerTotals totals={system.ledger} />
      </section>
      <Publishers publishers={system.publishers} />
      <FleetAnomalies anomalies={system.anomalies} />
      <section className="card" aria-labelledby="troubled-title">
        <h2 id="troubled-title">
          Vehicles with something missing, refused, late or duplicate, a wrong clock or wrong numbers
        </h2>
        <LedgerTable />
      </section>
    </div>
  )
}

function Figures({
  system: { vehicles, rates, memoryBytes, version, startedAt, bridge },
}: {
  readonly system: SystemState
}) {
  return (
    <dl className="figures" data-testid="system-figures">
      {bridge === null ? (
        <Figure name="Connected">
          {vehicles.connected === null ? none : formatCount(vehicles.connected)}{' '}
          <span className="figure-note">of {formatCount(vehicles.known)} known</span>
        </Figure>
      ) : (
        <Figure name="Bridge">
          <span className={bridge.subscribed < bridge.connections ? 'bad' : undefined}>
            {bridge.subscribed} of {bridge.connections} subscribed
          </span>{' '}
          <span className="figure-note">
            {bridge.trouble ?? `to ${bridge.broker}; ${formatCount(vehicles.known)} vehicles known`}
          </span>
        </Figure>
      )}
      <Figure name="Heard in the last minute">{formatCount(vehicles.heardLastMinute)}</Figure>
      <Figure name="Messages received">{formatRate(rates.received)}</Figure>
      <Figure name="Stored">{formatRate(rates.stored)}</Figure>
      <Figure name="Refused">
        <span className={rates.refused > 0 ? 'bad' : undefined}>{formatRate(rates.refused)}</span>
      </Figure>
      <Figure name="Memory">{formatBytes(memoryBytes)}</Figure>
      <Figure name="Running since">
        <Instant at={startedAt} />
      </Figure>
      <Figure name="Version">{version}</Figure>
    </dl>
  )
}

const latencies = [
  { key: 'ack', name: 'Acknowledged', help: 'from a car’s PUBLISH to its PUBACK, the message durable in the log' },
  { key: 'row', name: 'In the database', help: 'from the log to the row' },
  { key: 'live', name: 'On the screen', help: 'from the log to the live feed' },
] as const

function Latencies({ latencyMs }: Pick<SystemState, 'latencyMs'>) {
  return (
    <section className="card" aria-labelledby="latency-title">
      <h2 id="latency-title">Latency over the last minute</h2>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Until the message is</th>
            <th scope="col" className="number">
              Half within
            </th>
            <th scope="col" className="number">
              99 % within
            </th>
          </tr>
        </thead>
        <tbody>
          {latencies.map(({ key, name, help }) => (
            <tr key={key}>
              <th scope="row">
                {name}
                <span className="help block">{help}</span>
              </th>
              <Measured percentiles={latencyMs[key]} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const Measured = ({ percentiles }: { readonly percentiles: Percentiles | null }) =>
  percentiles === null ? (
    <td className="number unavailable" colSpan={2}>
      not measured yet
    </td>
  ) : (
    <>
      <td className="number">{formatLatency(percentiles.p50)}</td>
      <td className="number">{formatLatency(percentiles.p99)}</td>
    </>
  )

/** Below it a consumer is simply at work. */
const lagWorthALook = 1000

/** Records that each consumer has not read, and of which topics. */
function byConsumer(lag: SystemState['lag']) {
  return [...Map.groupBy(lag, ({ consumer }) => consumer)].map(([consumer, parts]) => ({
    consumer,
    topics: parts.filter(({ records }) => records > 0).map(({ topic }) => topic),
    records: parts.reduce((sum, part) => sum + part.records, 0),
    gathers: Math.max(...parts.map(({ gathers }) => gathers)),
  }))
}

function Lag({ lag }: Pick<SystemState, 'lag'>) {
  return (
    <section className="card" aria-labelledby="lag-title">
      <h2 id="lag-title">Records not yet read</h2>
      {lag.length === 0 ? (
        <p className="help">No consumer has reported yet.</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="By consumer and topic">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">Consumer</th>
                <th scope="col">Topics</th>
                <th scope="col" className="number">
                  Records
                </th>
              </tr>
            </thead>
            <tbody>
              {byConsumer(lag).map(({ consumer, topics, records, gathers }) => (
                <tr key={consumer}>
                  <th scope="row">{consumer}</th>
                  <td>
                    {topics.length === 0 ? 'all read' : topics.join(', ')}
                    {gathers > 0 && <span className="help"> gathers up to {formatCount(gathers)} before it reads</span>}
                  </td>
                  <td className={records > Math.max(lagWorthALook, gathers) ? 'number bad' : 'number'}>
                    {formatCount(records)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
