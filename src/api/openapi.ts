// The OpenAPI 3.1 document, made from the routes' own schemas, and the page to browse it under
// /api/docs. The page loads only files of this server.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { instantMark } from '../read-models/schema-parts.ts'
import { namedSchemas } from './schemas.ts'
import { docsPolicy } from './security-headers.ts'
import type { Server } from './server-types.ts'

const description = `Connected cars: where they are, what they do, and whether every message arrived.

Sign in with \`POST /api/v1/session\`; the cookie it sets is needed wherever nothing else is said, or in its place the token of a program (\`authorization: Bearer …\`). Every error is \`application/problem+json\` (RFC 9457) and says what to
do. Lists are read page by page: give \`next\` back as \`after\`. Instants are taken
as epoch milliseconds or as RFC 3339 with an offset, and given as epoch milliseconds, or with \`instants=rfc3339\` as RFC 3339. Unknown parameters are refused, not ignored.`

export async function registerOpenApi(server: Server): Promise<void> {
  for (const schema of namedSchemas) server.addSchema(schema)
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Roadstream',
        version: '1',
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags: [
        { name: 'session', description: 'Signing in and out' },
        { name: 'account', description: 'One’s own account' },
        { name: 'people', description: 'Who may sign in, and what they may do' },
        { name: 'vehicles', description: 'The cars' },
        { name: 'registry', description: 'Vehicles as people know them, their groups and drivers' },
        { name: 'trips', description: 'From ignition to ignition' },
        { name: 'alerts', description: 'What a person should see' },
        { name: 'shares', description: 'Links that show a vehicle for a time, without an account' },
        { name: 'audit', description: 'Who did what, and who saw where vehicles are' },
        { name: 'live', description: 'As it happens' },
        { name: 'programs', description: 'Programs, what they may do, and the tokens that let them in' },
        { name: 'clients', description: 'MQTT sessions: who is connected, and the end of a connection' },
        { name: 'system', description: 'How the system is doing' },
        { name: 'map', description: 'Streets' },
        { name: 'operations', description: 'Probes and metrics' },
      ],
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'roadstream', description: 'Set by POST /api/v1/session' },
          token: { type: 'http', scheme: 'bearer', description: 'A token of a program, or an access token of OAuth' },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a document as before, but for its instants
    transformObject: (document) => inDocumentForm('openapiObject' in document ? document.openapiObject : {}) as object,
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  })
  await server.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: docsPolicy,
    theme: { title: 'Roadstream API' },
    // Without the bar of the standalone layout: there is one document, and no logo but ours.
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', deepLinking: true, validatorUrl: null },
  })
  server.get('/api/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(server.swagger()))
}

/** A number within the server, an instant is given and taken in two forms. A tuple is said as JSON
 *  Schema of 2020-12 does, which OpenAPI 3.1 has; what checks bodies here reads that of draft 7. */
function inDocumentForm(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(inDocumentForm)
  if (typeof node !== 'object' || node === null) return node
  if (isTupleSchema(node)) {
    const { items, additionalItems, ...rest } = node
    return { ...rest, prefixItems: inDocumentForm(items), items: additionalItems }
  }
  if (!isInstantSchema(node))
    return Object.fromEntries(Object.entries(node).map(([name, part]) => [name, inDocumentForm(part)]))
  const { description, [instantMark]: mark, ...number } = node
  return {
    ...(description !== '' && { description }),
    [instantMark]: mark,
    oneOf: [
      { ...number, description: 'Epoch milliseconds.' },
      { type: 'string', format: 'date-time', description: 'RFC 3339, with an offset.' },
    ],
  }
}

const isInstantSchema = (node: object): node is { readonly [instantMark]: true; readonly description: string } =>
  instantMark in node

const isTupleSchema = (node: object): node is { readonly items: readonly unknown[]; readonly additionalItems: false } =>
  'items' in node && Array.isArray(node.items) && 'additionalItems' in node
