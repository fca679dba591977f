// The MQTT sessions of the contract as JSON Schema.
import { Type } from 'typebox'
import { clientTransports, sessionStates } from '../model/client-session.ts'
import { count, instant, nullable } from '../read-models/schema-parts.ts'

const qos = Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)])

const session = {
  clientId: Type.String(),
  vehicle: nullable(Type.String({ description: 'Its id, when the client is a vehicle.' })),
  state: Type.Enum([...sessionStates]),
  sinceAt: instant('When it connected; of one that is away, since when.'),
  version: nullable(Type.Enum(['3.1.1', '5'])),
  transport: nullable(Type.Enum([...clientTransports])),
  address: nullable(Type.String({ description: 'Where it connects from; only administrators are told.' })),
  keepAliveS: nullable(Type.Number({ description: 'Seconds; 0 means none.' })),
  expiryS: Type.Number({ description: 'Seconds the session outlives its connection.' }),
  expiresAt: nullable(instant('When one that is away ends unless it comes back.')),
  subscriptions: count(),
  queued: count('QoS 1 and 2 messages that wait to be sent.'),
  inflight: count('Sent, and not yet acknowledged by the client.'),
}

export const clientSessionSchema = Type.Object(session, { $id: 'ClientSession' })

export const clientSessionDetailSchema = Type.Object(
  {
    ...session,
    filters: Type.Array(
      Type.Object({
        filter: Type.String(),
        qos,
        noLocal: Type.Boolean(),
        retainAsPublished: Type.Boolean(),
        subscriptionId: nullable(Type.Integer()),
      }),
    ),
    queuedBytes: count('Of what is queued and in flight.'),
    will: nullable(
      Type.Object(
        {
          topic: Type.String(),
          qos,
          retain: Type.Boolean(),
          dueAt: nullable(instant('Of one that is away: when its delay is over.')),
        },
        { description: 'What is published when the connection is lost, without its payload.' },
      ),
    ),
    limits: nullable(
      Type.Object(
        {
          receiveMaximum: Type.Integer(),
          packetBytes: nullable(Type.Integer({ description: 'Null: any.' })),
          topicAliases: Type.Integer(),
        },
        { description: 'What the client said it takes.' },
      ),
    ),
    traffic: nullable(
      Type.Object(
        {
          messagesReceived: count(),
          messagesSent: count(),
          bytesReceived: nullable(count()),
          bytesSent: nullable(count()),
          heardAt: instant('When it was last heard, to about a second.'),
        },
        { description: 'Of this connection; null while away.' },
      ),
    ),
  },
  { $id: 'ClientSessionDetail' },
)

export const disconnectionSchema = Type.Object(
  {
    wasConnected: Type.Boolean(),
    sessionEnded: Type.Boolean(),
    messagesDropped: count('Queued or in flight when the session ended, and gone with it.'),
  },
  { $id: 'Disconnection' },
)
