// The registry as a file, out and in, and edits of many vehicles at once. All of one file, or of
// one edit, is stored in one transaction, or nothing of it.
import { Type } from 'typebox'
import { foldCase } from '../../base/fold-case.ts'
import { noFields, type RegistryEntry, type RegistryFields } from '../../model/registry.ts'
import { checkFields } from '../../registry/check-fields.ts'
import type { CsvFile } from '../../registry/read-csv.ts'
import { csvLimits } from '../../registry/registry-csv.ts'
import { createCsvWriter, type CsvFault } from '../../registry/registry-csv.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { BulkEdit, BulkEditResult, RegistryImport } from '../contract.ts'
import { ApiProblem, problem } from '../problem.ts'
import { bulkEditResultSchema, bulkEditSchema, registryImportSchema } from '../registry-schemas.ts'
import { named, query } from '../schemas.ts'
import type { Caller, Server } from '../server-types.ts'
import { checkedEdit, demandFields, knownIds } from './registry-routes.ts'
import { calledBy, type RouteParts } from './route-parts.ts'

const tags = ['registry']
const entriesAtOnce = 2_000
/** Of one edit. */
const editedMax = 10_000
/** Faults that an answer tells of; a person mends some and tries again. */
const faultsTold = 200

export function registerRegistryFileRoutes(server: Server, parts: RouteParts): void {
  registerExport(server, parts)
  registerBulkEdit(server, parts)
  // In a scope of its own: no other route takes CSV.
  void server.register(async (files) => {
    files.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    registerImport(files, parts)
  })
}

/** Vehicles that were heard or written of, in order of their ids. */
async function* listed({ storage }: RouteParts, tenant: string): AsyncGenerator<RegistryEntry> {
  for (let after = ''; ;) {
    const entries = await storage.registry.listed(tenant, after, entriesAtOnce)
    yield* entries
    const last = entries.at(-1)
    if (last === undefined || entries.length < entriesAtOnce) return
    after = last.vehicle
  }
}

function registerExport(server: Server, parts: RouteParts): void {
  const { rights, audit } = parts
  server.get(
    '/registry',
    {
      config: { needs: 'exports:take', paced: true, hasVins: true },
      schema: {
        tags,
        operationId: 'exportRegistry',
        summary: 'The vehicles that you see as CSV, archived ones too: to be edited elsewhere and imported again',
        response: answers(
          { status: 200, description: 'A file', schema: Type.String(), mediaType: 'text/csv; charset=utf-8' },
          signedIn,
        ),
      },
    },
    async (request, reply) => {
      const caller = calledBy(request)
      const [seen, taken] = [rights.sight(caller, 'vehicles:read'), rights.sight(caller, 'exports:take')]
      const isVinShown = rights.sight(caller, 'vins:read').windows === 'all'
      const entries: RegistryEntry[] = []
      for await (const entry of listed(parts, caller.tenant))
        if (rights.sees(seen, entry.vehicle) && rights.sees(taken, entry.vehicle)) entries.push(entry)
      const target = { kind: 'fleet', id: 'registry' }
      await audit.record(request, { action: 'export', target, after: { vehicles: entries.length } })
      const attributes = [...new Set(entries.flatMap((entry) => Object.keys(entry.attributes)))].sort()
      const writer = createCsvWriter(isVinShown, attributes)
      void reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="vehicles.csv"')
        .serializer((text) => String(text))
      return `\uFEFF${writer.header}${entries.map((entry) => writer.line(entry)).join('')}`
    },
  )
}

function registerImport(server: Server, parts: RouteParts): void {
  server.post(
    '/registry',
    {
      config: { needs: 'vehicles:edit', paced: true },
      bodyLimit: csvLimits.bytes,
      schema: {
        tags,
        operationId: 'importRegistry',
        summary: 'Takes a CSV file of vehicles, or tells what it would do',
        description: `The first line names the columns, of which "vehicle" must be there; columns that are not there leave fields as they are, and an empty cell empties a field. Up to ${csvLimits.lines} lines and ${csvLimits.bytes / 2 ** 20} MiB.`,
        consumes: ['text/csv'],
        body: { content: { 'text/csv': { schema: Type.Unsafe<Uint8Array>({}) } } },
        querystring: query({
          dryRun: Type.Boolean({ default: true, description: 'Stores nothing.' }),
          skipFaulty: Type.Boolean({
            default: false,
            description: 'Stores the lines without faults; else a file with a fault is not stored at all.',
          }),
        }),
        response: answers({ status: 200, description: 'What was done', schema: named(registryImportSchema) }, [
          'too-large',
          'unsupported-media-type',
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<RegistryImport> => {
      const { dryRun, skipFaulty } = request.query as { readonly dryRun: boolean; readonly skipFaulty: boolean }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only parser of this route gives bytes
      // The reader of CSV is loaded by who has a file.
      const { readCsv } = await import('../../registry/read-csv.ts')
      const file = readCsv((request.body as Uint8Array | undefined) ?? new Uint8Array())
      const caller = calledBy(request)
      let planned = await planImport(parts, caller, file)
      const isStored = !dryRun && planned.entries.length > 0 && (skipFaulty || planned.faults.length === 0)
      if (isStored)
        await parts.organisation.change(async () => {
          planned = await planImport(parts, caller, file)
          if (planned.faults.length > 0 && !skipFaulty) return undefined
          const { made, changed } = planned
          const after = { made, changed, columns: file.columns }
          await parts.audit.record(request, { action: 'import', target: { kind: 'fleet', id: 'registry' }, after })
          return { entries: planned.entries }
        })
      const { faults, ...counts } = planned
      return {
        isStored: isStored && (skipFaulty || faults.length === 0),
        lines: file.lines.length,
        made: counts.made,
        changed: counts.changed,
        same: counts.same,
        faulty: new Set(faults.map(({ line }) => line)).size,
        faults: faults.slice(0, faultsTold),
      }
    },
  )
}

type PlannedImport = {
  /** Those that are new or changed. */
  readonly entries: readonly RegistryEntry[]
  readonly made: number
  readonly changed: number
  readonly same: number
  readonly faults: readonly CsvFault[]
}

async function planImport(
  { storage, organisation, rights }: RouteParts,
  caller: Caller,
  file: CsvFile,
): Promise<PlannedImport> {
  const { tenant } = caller
  const known = knownIds(organisation, tenant)
  const sight = rights.sight(caller, 'vehicles:edit')
  const found = await storage.registry.entries(
    tenant,
    file.lines.map(({ vehicle }) => vehicle),
  )
  const before = new Map(found.map((entry) => [entry.vehicle, entry]))
  const faults: CsvFault[] = [...file.faults]
  const entries: RegistryEntry[] = []
  const counts = { made: 0, changed: 0, same: 0 }
  for (const { line, vehicle, fields, faults: ofLine } of file.lines) {
    const checked = checkFields(fields, known)
    const all: CsvFault[] = [
      ...ofLine,
      ...checked.faults.map(({ field, message }) => ({ line, column: field, message })),
    ]
    const old = before.get(vehicle)
    const denied = deniedBy(() => {
      if (!rights.sees(sight, vehicle)) throw problem('not-found', 'It is not among the vehicles that you may edit.')
      demandFields(checked.fields, { ...noFields, vehicle, ...old }, { rights, caller, sight, organisation })
    })
    if (denied !== undefined) all.push({ line, column: 'vehicle', message: denied })
    faults.push(...all)
    if (all.length > 0) continue
    const entry = { ...noFields, tenant, vehicle, version: 0, ...old, ...checked.fields }
    const kind = old === undefined ? 'made' : isSame(entry, old) ? 'same' : 'changed'
    counts[kind]++
    if (kind !== 'same') entries.push(entry)
  }
  return { entries, ...counts, faults }
}

/** The words of a refusal; undefined: there was none. */
function deniedBy(ask: () => void): string | undefined {
  try {
    ask()
    return undefined
  } catch (error) {
    if (error instanceof ApiProblem) return error.body.detail
    throw error
  }
}

const isSame = (one: RegistryFields, other: RegistryFields): boolean =>
  Object.keys(noFields).every((name) => {
    const field = name as keyof RegistryFields
    return JSON.stringify(one[field]) === JSON.stringify(other[field])
  })

function registerBulkEdit(server: Server, parts: RouteParts): void {
  const { rights, organisation, audit, clock } = parts
  server.post(
    '/registry/edit',
    {
      config: { needs: 'vehicles:edit', paced: true },
      schema: {
        tags,
        operationId: 'editRegistry',
        summary: 'Changes all vehicles that a filter selects, or counts them',
        body: bulkEditSchema,
        response: answers({ status: 200, description: 'What was done', schema: named(bulkEditResultSchema) }, [
          'in-the-way',
          ...withBody,
          ...signedIn,
        ]),
      },
    },
    async (request): Promise<BulkEditResult> => {
      const caller = calledBy(request)
      const { select, edit, dryRun } = request.body as BulkEdit
      let entries: RegistryEntry[] = []
      let selected = 0
      const plan = async () => {
        entries = []
        selected = 0
        const sight = rights.sight(caller, 'vehicles:edit')
        const known = knownIds(organisation, caller.tenant)
        for await (const entry of listed(parts, caller.tenant)) {
          if (!isSelected(entry, select, organisation.groupsWithin) || !rights.sees(sight, entry.vehicle)) continue
          if (++selected > editedMax)
            throw problem('in-the-way', `An edit changes at most ${editedMax} vehicles: select fewer.`)
          const fields = checkedEdit(editOf(entry, edit), known, clock.now())
          demandFields(fields, entry, { rights, caller, sight, organisation })
          const edited = { ...entry, ...fields }
          if (!isSame(edited, entry)) entries.push(edited)
        }
        if (entries.length === 0) return undefined
        if (!dryRun)
          await audit.record(request, {
            action: 'change',
            target: { kind: 'fleet', id: 'registry' },
            after: { select: JSON.stringify(select), edit: JSON.stringify(edit), vehicles: entries.length },
          })
        return { entries }
      }
      if (dryRun) await plan()
      else await organisation.change(plan)
      return { isStored: !dryRun, selected, changed: entries.length }
    },
  )
}

function isSelected(
  entry: RegistryEntry,
  { vehicles, search, group, tag, archived = false }: BulkEdit['select'],
  groupsWithin: (tenant: string, group: string) => readonly string[],
): boolean {
  const { vehicle, name, plate, tags: tagsOf, groups } = entry
  const text = foldCase([vehicle, name, plate, ...tagsOf].filter((part) => part !== null).join('\n'))
  return (
    (vehicles === undefined || vehicles.includes(vehicle)) &&
    (search === undefined || text.includes(foldCase(search))) &&
    (tag === undefined || tagsOf.includes(tag.toLowerCase())) &&
    (group === undefined || groupsWithin(entry.tenant, group).some((each) => groups.includes(each))) &&
    (entry.archivedAt !== null) === archived
  )
}

function editOf(
  entry: RegistryEntry,
  { addGroups = [], removeGroups = [], addTags = [], removeTags = [], ...set }: BulkEdit['edit'],
) {
  const lower = new Set(removeTags.map((tag) => tag.toLowerCase()))
  return {
    ...set,
    ...(addGroups.length + removeGroups.length > 0 && {
      groups: [...entry.groups.filter((group) => !removeGroups.includes(group)), ...addGroups],
    }),
    ...(addTags.length + removeTags.length > 0 && {
      tags: [...entry.tags.filter((tag) => !lower.has(tag)), ...addTags],
    }),
  }
}
