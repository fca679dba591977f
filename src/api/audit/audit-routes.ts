// The audit as it is read: listed, taken away, verified; and of a vehicle, who looked.
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { verifyChain, type ChainVerdict } from '../../audit/audit-chain.ts'
import { allAuditActions, auditResults } from '../../audit/audit-entry.ts'
import { vehicleId } from '../../read-models/schema-parts.ts'
import type { AuditFilter, KeptEntry } from '../../storage/audit-store.ts'
import { answers, signedIn } from '../answers.ts'
import type { AuditRow, AuditVerification, DisclosureRow, Listing } from '../contract.ts'
import { listing } from '../listing.ts'
import { problem, tooMany } from '../problem.ts'
import { given, calledBy, tenantOf, type RouteParts } from '../routes/route-parts.ts'
import { listingOf, named, pageQuery, query, queryInstant } from '../schemas.ts'
import { createTurns } from '../series/turns.ts'
import type { Server } from '../server-types.ts'
import { auditFileFormats, type AuditFileFormat } from './audit-files.ts'
import { auditRowSchema, auditVerificationSchema, disclosureSchema } from './audit-schemas.ts'

const tags = ['audit']
const asked = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }))
const filters = {
  who: asked('The id of who did it.'),
  action: Type.Optional(Type.Enum([...allAuditActions])),
  targetKind: asked('Such as vehicle, fleet, person, client session.'),
  target: asked('The id of what it was done to.'),
  result: Type.Optional(Type.Enum([...auditResults])),
  from: queryInstant('First instant.'),
  to: queryInstant('Last instant.'),
  search: asked('A part of a name, an id, an address or a reason, in any case.'),
}

export function registerAuditRoutes(server: Server, parts: RouteParts): void {
  registerList(server, parts)
  registerExport(server, parts)
  registerVerification(server, parts)
  registerWhoLooked(server, parts)
}

type AskedFilter = Omit<AuditFilter, 'actions' | 'targets' | 'targetId'> & {
  readonly action?: AuditRow['action']
  readonly target?: string
}
const filterOf = ({ action, target, who, targetKind, result, from, to, search }: AskedFilter): AuditFilter => ({
  ...given({ who, targetKind, result, from, to, search, targetId: target }),
  ...(action !== undefined && { actions: [action] }),
})

function registerList(server: Server, { storage, cursors }: RouteParts): void {
  server.get(
    '/audit',
    {
      config: { paced: true, needs: 'audit:read', whole: true },
      schema: {
        tags,
        operationId: 'listAudit',
        summary: 'Who did what, newest first',
        querystring: query({ ...filters, ...pageQuery }),
        response: answers({ status: 200, description: 'A page of entries', schema: listingOf(auditRowSchema) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    (request): Promise<Listing<AuditRow>> => {
      const tenant = tenantOf(request)
      const filter = filterOf(request.query)
      return listing(
        cursors,
        ['audit', tenant],
        request.query,
        (page) => storage.audit.list(tenant, filter, page),
        auditRow,
      )
    },
  )
}

function auditRow({ seq, hash, entry: { tenant: _tenant, ...entry } }: KeptEntry): AuditRow {
  return { seq, hash, ...entry }
}

const rowsAtOnce = 500

function registerExport(server: Server, { storage, audit, clock }: RouteParts): void {
  async function* pieces(tenant: string, filter: AuditFilter, format: AuditFileFormat): AsyncGenerator<string> {
    const { head, line } = auditFileFormats[format]
    yield head()
    let after: string | undefined
    do {
      const page = await storage.audit.list(tenant, filter, { limit: rowsAtOnce, ...given({ after }) })
      yield page.rows.map(line).join('')
      after = page.next
    } while (after !== undefined)
  }

  server.get(
    '/audit/export',
    {
      config: { paced: true, needs: 'audit:read', whole: true },
      schema: {
        tags,
        operationId: 'exportAudit',
        summary: 'Entries as a file, newest first; NDJSON has the whole entry as its hash was made of it',
        querystring: query({
          ...filters,
          format: Type.Optional(Type.Enum(['csv', 'ndjson'], { default: 'csv' })),
        }),
        response: answers(
          { status: 200, description: 'The file', schema: Type.String(), mediaType: 'text/csv' },
          signedIn,
        ),
      },
    },
    async (request, reply) => {
      const tenant = tenantOf(request)
      const { format = 'csv', ...filter } = request.query
      const after = { format, ...given({ ...filter }) }
      await audit.record(request, { action: 'export', target: { kind: 'audit', id: tenant }, after })
      const day = new Date(clock.now()).toISOString().slice(0, 10)
      return reply
        .type(auditFileFormats[format].mediaType)
        .header('content-disposition', `attachment; filename="audit-${day}.${format}"`)
        .send(Readable.from(pieces(tenant, filterOf(filter), format)))
    },
  )
}

function registerVerification(server: Server, { storage }: RouteParts): void {
  // Each reads every entry.
  const turns = createTurns({
    atOnce: 1,
    waiting: 4,
    busy: () => tooMany('The audit is being verified already. Come back when that is done.', 5000),
  })
  server.get(
    '/audit/verification',
    {
      config: { paced: true, needs: 'audit:read', whole: true },
      schema: {
        tags,
        operationId: 'verifyAudit',
        summary: 'Whether all entries are as they were written, by their chain of hashes',
        response: answers({ status: 200, description: 'What was found', schema: named(auditVerificationSchema) }, [
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<AuditVerification> =>
      verification(await turns.take(() => verifyChain(storage.audit, tenantOf(request)))),
  )
}

const verification = (verdict: ChainVerdict): AuditVerification =>
  verdict.isWhole
    ? { entries: verdict.entries, removedTo: verdict.ends.base.seq, head: verdict.ends.head, broken: null }
    : { entries: null, removedTo: null, head: null, broken: { seq: verdict.seq, reason: verdict.reason } }

function registerWhoLooked(server: Server, { storage, cursors, rights }: RouteParts): void {
  server.get(
    '/vehicles/:vehicle/disclosures',
    {
      config: { paced: true, needs: 'vehicles:read' },
      schema: {
        tags,
        operationId: 'listDisclosures',
        summary: 'Who saw where a vehicle is or was, or its identification number, newest first',
        params: Type.Object({ vehicle: vehicleId }),
        querystring: query(pageQuery),
        response: answers({ status: 200, description: 'A page', schema: listingOf(disclosureSchema) }, [
          'not-found',
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    (request): Promise<Listing<DisclosureRow>> => {
      const caller = calledBy(request)
      const { tenant } = caller
      const { vehicle } = request.params
      if (!rights.sees(rights.sight(caller, 'vehicles:read'), vehicle))
        throw problem('not-found', 'There is no vehicle of that id that you see.')
      const filter: AuditFilter = {
        actions: ['disclose-place', 'disclose-vin'],
        vehicleOrFleet: vehicle,
        result: 'done',
      }
      return listing(
        cursors,
        ['disclosures', tenant, vehicle],
        request.query,
        (page) => storage.audit.list(tenant, filter, page),
        disclosureRow,
      )
    },
  )
}

const disclosureRow = ({ entry: { at, who, action, target } }: KeptEntry): DisclosureRow => ({
  at,
  who: { kind: who.kind, name: who.name },
  what: action === 'disclose-vin' ? 'vin' : 'places',
  of: target.kind === 'fleet' ? 'fleet' : 'vehicle',
})
