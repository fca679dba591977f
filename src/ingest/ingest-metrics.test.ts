// Which figures an ingest shows, and which a gateway besides: dashboards and alerts go by these
// names.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import { openGatewayMetrics } from '../gateway/gateway-metrics.ts'
import { openIngestMetrics } from './ingest-metrics.ts'

const prefix = 'roadstream_gateway_'
const ofIngest = [
  'ack_seconds',
  'commits_total',
  'messages_total',
  'pending_bytes',
  'reason_codes_total',
  'received_bytes_total',
].concat(['records_total', 'refused_total', 'sent_bytes_total'])
const ofClients = [
  'administrative_actions_total',
  'connections',
  'disconnects_total',
  'dropped_total',
  'half_open',
  'held',
  'held_total',
].concat([
  'queued_bytes',
  'retained',
  'retained_bytes',
  'sessions',
  'subscription_bytes',
  'subscriptions_refused_total',
  'waiting',
])

const namesIn = (registry: Registry): string[] =>
  registry
    .getMetricsAsArray()
    .map(({ name }) => name.replace(prefix, ''))
    .sort()
const seven = (): number => 7

test('an ingest without clients of its own shows no figures of clients', async () => {
  const registry = new Registry()
  openIngestMetrics(registry, steadyClock, seven).countCommit(3)
  assert.deepEqual(namesIn(registry), ofIngest)
  const shown = await registry.metrics()
  assert.match(shown, /^roadstream_gateway_pending_bytes 7$/m)
  assert.match(shown, /^roadstream_gateway_records_total 3$/m)
})

test('a gateway shows those of its ingest and those of its clients', async () => {
  const registry = new Registry()
  const gauges = {
    connections: seven,
    sessions: seven,
    retained: seven,
    pendingBytes: seven,
    queuedBytes: seven,
    held: seven,
  }
  const metrics = openGatewayMetrics(registry, steadyClock, {
    ...gauges,
    retainedBytes: seven,
    subscriptionBytes: seven,
    halfOpen: seven,
    waiting: seven,
  })
  metrics.countDropped('queue-full', 2)
  metrics.countDisconnect('client')
  assert.deepEqual(namesIn(registry), [...ofIngest, ...ofClients].sort())
  const shown = await registry.metrics()
  assert.match(shown, /^roadstream_gateway_dropped_total\{reason="queue-full"\} 2$/m)
  assert.match(shown, /^roadstream_gateway_disconnects_total\{reason="client"\} 1$/m)
  assert.deepEqual(metrics.disconnects(), { client: 1 })
})
