// Programs: made with what they may do, which is never more than their maker may, and let in by
// tokens, which are shown once. A program is somebody of its own: it stays when its maker goes, and
// whoever manages programs sees it and ends it.
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { Grant } from '../../rights/grant.ts'
import type { Program, ProgramStore, ProgramToken, ProgramWithTokens } from '../../storage/program-store.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { Audit } from '../audit/request-audit.ts'
import type { Listing, MadeToken, ProgramInfo, ProgramTokenInfo } from '../contract.ts'
import type { Cursors } from '../cursor.ts'
import { listing } from '../listing.ts'
import { problem } from '../problem.ts'
import type { Rights } from '../rights.ts'
import { calledBy, tenantOf } from '../routes/route-parts.ts'
import { listingOf, named, pageQuery, query, rowId } from '../schemas.ts'
import type { Caller, Server } from '../server-types.ts'
import type { ProgramAccess } from './program-access.ts'
import { programLimits } from './program-limits.ts'
import { madeTokenSchema, programRequestSchema, programSchema, tokenRequestSchema } from './program-schemas.ts'
import { hashOfSecret } from '../signed-text.ts'
import { newTokenText } from './token-text.ts'

export type ProgramParts = {
  readonly programs: ProgramStore
  readonly access: ProgramAccess
  readonly cursors: Cursors
  readonly rights: Rights
  readonly clock: Clock
  readonly audit: Audit
  /** A token was ended: what hangs on it should end too. */
  readonly ended: () => void
}

const tags = ['programs']
const config = { needs: 'programs:manage', whole: true } as const
const params = Type.Object({ program: rowId })
const tokenParams = Type.Object({ program: rowId, token: rowId })
const failing = ['not-allowed', ...signedIn] as const

export function registerProgramRoutes(server: Server, parts: ProgramParts): void {
  registerReads(server, parts)
  registerMaking(server, parts)
  registerEnding(server, parts)
}

function registerReads(server: Server, { programs, cursors }: ProgramParts): void {
  server.get(
    '/programs',
    {
      config: { ...config, paced: true },
      schema: {
        tags,
        operationId: 'listPrograms',
        summary: 'Programs by name, with their tokens but for the secrets',
        querystring: query(pageQuery),
        response: answers({ status: 200, description: 'A page of programs', schema: listingOf(programSchema) }, [
          'invalid-cursor',
          ...failing,
        ]),
      },
    },
    (request): Promise<Listing<ProgramInfo>> => {
      const tenant = tenantOf(request)
      return listing(cursors, ['programs', tenant], request.query, (page) => programs.list(tenant, page), programInfo)
    },
  )

  server.get(
    '/programs/:program',
    {
      config,
      schema: {
        tags,
        operationId: 'getProgram',
        summary: 'One program',
        params,
        response: answers({ status: 200, description: 'The program', schema: named(programSchema) }, [
          'not-found',
          ...failing,
        ]),
      },
    },
    async (request): Promise<ProgramInfo> =>
      programInfo(await findProgram(programs, tenantOf(request), request.params.program)),
  )
}

function registerMaking(server: Server, { programs, rights, clock, audit }: ProgramParts): void {
  server.post(
    '/programs',
    {
      config,
      schema: {
        tags,
        operationId: 'makeProgram',
        summary: 'Makes a program with what it may do; a token lets it in',
        body: programRequestSchema,
        response: answers({ status: 201, description: 'Made', schema: named(programSchema) }, [
          'name-taken',
          ...failing,
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<ProgramInfo> => {
      const maker = calledBy(request)
      const { name, grants, managesPeople = false } = request.body
      demandAll(rights, maker, grants)
      const { tenant } = maker
      const id = `program-${randomBytes(8).toString('hex')}`
      const program: Program = { id, tenant, name, grants, managesPeople, madeAt: clock.now(), madeBy: maker.name }
      const after = { name, managesPeople, grants: JSON.stringify(grants) }
      await audit.change(request, { action: 'make', target: { kind: 'program', id }, after }, () =>
        addProgram(programs, program),
      )
      reply.status(201)
      return programInfo({ ...program, tokens: [] })
    },
  )

  server.post(
    '/programs/:program/tokens',
    {
      config,
      schema: {
        tags,
        operationId: 'makeToken',
        summary: 'Makes a token of a program, which is told this once',
        params,
        body: tokenRequestSchema,
        response: answers({ status: 201, description: 'Made', schema: named(madeTokenSchema) }, [
          'not-found',
          'too-many-tokens',
          ...failing,
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<MadeToken> => {
      const maker = calledBy(request)
      const { id: program, grants, tokens } = await findProgram(programs, maker.tenant, request.params.program)
      // A token is as good as the grants of its program, so it is given by whoever may give these.
      demandAll(rights, maker, grants)
      if (tokens.length >= programLimits.tokensMax)
        throw problem(
          'too-many-tokens',
          `A program has at most ${programLimits.tokensMax} tokens: revoke one that is not used any more.`,
        )
      const now = clock.now()
      const expiresAt = lifeOf(request.body.expiresAt, now)
      const secret = newTokenText()
      const token: ProgramToken = {
        id: `token-${randomBytes(8).toString('hex')}`,
        program,
        name: request.body.name,
        hash: hashOfSecret(secret),
        madeAt: now,
        madeBy: maker.name,
        expiresAt,
        usedAt: null,
      }
      const deed = { action: 'make', target: { kind: 'token', id: token.id } } as const
      await audit.change(request, { ...deed, after: { program, name: token.name, expiresAt } }, () =>
        programs.addToken(token).catch(gone),
      )
      reply.status(201)
      return { ...tokenInfo(token), secret }
    },
  )
}

function registerEnding(server: Server, { programs, access, audit, ended }: ProgramParts): void {
  server.delete(
    '/programs/:program',
    {
      config,
      schema: {
        tags,
        operationId: 'removeProgram',
        summary: 'Removes a program; its tokens end at once, with what is connected by them',
        params,
        response: answers({ status: 204, description: 'Removed' }, ['not-found', ...failing]),
      },
    },
    async (request, reply) => {
      const { id, tenant, name, tokens } = await findProgram(programs, tenantOf(request), request.params.program)
      await audit.change(request, { action: 'remove', target: { kind: 'program', id }, before: { name } }, async () => {
        if (!(await programs.remove(tenant, id))) throw noSuchProgram()
      })
      for (const token of tokens) access.end(token.id)
      ended()
      return reply.status(204).send()
    },
  )

  server.delete(
    '/programs/:program/tokens/:token',
    {
      config,
      schema: {
        tags,
        operationId: 'revokeToken',
        summary: 'Revokes a token: it ends at once, with what is connected by it',
        params: tokenParams,
        response: answers({ status: 204, description: 'Revoked' }, ['not-found', ...failing]),
      },
    },
    async (request, reply) => {
      const { program, token } = request.params
      const { id, tokens } = await findProgram(programs, tenantOf(request), program)
      const found = tokens.find((each) => each.id === token) ?? noSuchToken()
      const before = { program: id, name: found.name }
      await audit.change(request, { action: 'revoke', target: { kind: 'token', id: token }, before }, async () => {
        if (!(await programs.removeToken(id, token))) noSuchToken()
      })
      access.end(token)
      ended()
      return reply.status(204).send()
    },
  )
}

/** Throws where the maker gives what is not his, or what no program can have. */
function demandAll(rights: Rights, maker: Caller, grants: readonly Grant[]): void {
  const errors = grants.flatMap((grant, index) => {
    const field = `grants.${index}`
    if (grant.scope.of === 'assigned')
      return {
        field: `${field}.scope`,
        message: 'Vehicles are assigned to people: give a group, vehicles or the tenant.',
      }
    return rights.mayGive(maker, grant)
      ? []
      : {
          field,
          message: `You have not all of what it gives (${grant.role}), there and for so long, or there is no such role.`,
        }
  })
  if (errors.length === 0) return
  throw problem('not-allowed', 'A program gets nothing that whoever makes it has not himself.', { errors })
}

function lifeOf(expiresAt: number | undefined, now: number): number {
  const given = expiresAt ?? now + programLimits.lifeUsualMs
  if (given > now && given <= now + programLimits.lifeMaxMs) return given
  const message = `It lies in the past, or more than ${programLimits.lifeMaxMs / 86_400_000} days ahead.`
  throw problem('invalid-request', `Mend "expiresAt" and send the request again. ${message}`, {
    errors: [{ field: 'expiresAt', message }],
  })
}

async function addProgram(programs: ProgramStore, program: Program): Promise<void> {
  try {
    await programs.add(program)
  } catch (error) {
    if (!(error instanceof Outage) || error.code !== 'PROGRAM_EXISTS') throw error
    throw problem('name-taken', 'There is a program of that name already. Choose another name.', {
      errors: [{ field: 'name', message: 'It is taken.' }],
    })
  }
}

function gone(error: unknown): never {
  if (error instanceof Outage && error.code === 'PROGRAM_UNKNOWN') throw noSuchProgram()
  throw error
}

function noSuchToken(): never {
  throw problem('not-found', 'The program has no token of that id. Its list of tokens has those there are.')
}

const noSuchProgram = (): Error =>
  problem('not-found', 'There is no program of that id. The list of programs has those there are.')

async function findProgram(programs: ProgramStore, tenant: string, id: string): Promise<ProgramWithTokens> {
  const program = await programs.get(tenant, id)
  if (program === undefined) throw noSuchProgram()
  return program
}

const programInfo = ({ id, name, grants, managesPeople, madeAt, madeBy, tokens }: ProgramWithTokens): ProgramInfo => ({
  id,
  name,
  grants,
  managesPeople,
  madeAt,
  madeBy,
  tokens: tokens.map(tokenInfo),
})
const tokenInfo = ({ id, name, madeAt, madeBy, expiresAt, usedAt }: ProgramToken): ProgramTokenInfo => ({
  id,
  name,
  madeAt,
  madeBy,
  expiresAt,
  usedAt,
})
