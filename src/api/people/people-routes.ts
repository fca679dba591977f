// People of a tenant, by whoever manages them. Somebody manages those of whom he could give each
// grant, and gives what he has himself: so nobody comes to rights that he has not, by his own
// account or by another's that he resets.
import { Type } from 'typebox'
import { Outage } from '../../base/errors.ts'
import { wholeGrant, type Grant } from '../../rights/grant.ts'
import type { AccountLinkStore } from '../../storage/account-link-store.ts'
import type { SignInStore } from '../../storage/sign-in-store.ts'
import type { PersonChange, User, UserStore } from '../../storage/user-store.ts'
import type { Audit, Asking, Deed } from '../audit/request-audit.ts'
import { answers, signedIn, withBody } from '../answers.ts'
import type { InvitationInfo, InvitationList, Listing, MadeAccountLink, PersonInfo, SignInList } from '../contract.ts'
import { listing } from '../listing.ts'
import { problem } from '../problem.ts'
import type { Rights } from '../rights.ts'
import { calledBy, given, type RouteParts } from '../routes/route-parts.ts'
import { listingOf, named, pageQuery, query, rowId } from '../schemas.ts'
import type { Caller, Server } from '../server-types.ts'
import type { SignIns } from '../session/sessions.ts'
import type { AccountLinks } from './account-links.ts'
import { grantWords } from './grant-words.ts'
import * as schemas from './people-schemas.ts'
import { signInList } from './sign-in-list.ts'

export type PeopleParts = Pick<RouteParts, 'cursors' | 'rights' | 'clock'> & {
  readonly users: UserStore
  readonly signIns: SignInStore
  readonly accountLinks: AccountLinkStore
  readonly links: AccountLinks
  readonly sessions: SignIns
  readonly audit: Audit
  /** Rights or sessions of somebody have ended: what hangs on them should too. */
  readonly ended: () => void
}

const tags = ['people']
const config = { needs: 'people:manage' } as const
const params = Type.Object({ person: rowId })
const failing = ['not-found', ...signedIn] as const
const ofPerson = (description: string) => ({ status: 200, description, schema: named(schemas.personSchema) }) as const

export function registerPeopleRoutes(server: Server, parts: PeopleParts): void {
  registerReading(server, parts)
  registerChanges(server, parts)
  registerEnds(server, parts)
  registerInvitations(server, parts)
}

function registerReading(server: Server, parts: PeopleParts): void {
  const { users, cursors, rights } = parts
  server.get(
    '/people',
    {
      config: { ...config, paced: true },
      schema: {
        tags,
        operationId: 'listPeople',
        summary: 'People by name: those of whom you could give each grant',
        querystring: query(pageQuery),
        response: answers({ status: 200, description: 'A page', schema: listingOf(schemas.personSchema) }, [
          'invalid-cursor',
          ...signedIn,
        ]),
      },
    },
    (request): Promise<Listing<PersonInfo>> => {
      const caller = calledBy(request)
      const { tenant } = caller
      const readPage: Parameters<typeof listing<User, PersonInfo>>[3] = async (page) => {
        const found = await users.page(tenant, page)
        return { ...found, rows: found.rows.filter((user) => mayManage(rights, caller, user)) }
      }
      return listing(cursors, ['people', tenant], request.query, readPage, personInfo)
    },
  )
  server.get(
    '/people/:person',
    {
      config,
      schema: {
        tags,
        operationId: 'getPerson',
        summary: 'One person',
        params,
        response: answers(ofPerson('The person'), failing),
      },
    },
    async (request): Promise<PersonInfo> =>
      personInfo(await findPerson(parts, calledBy(request), request.params.person)),
  )
  server.get(
    '/people/:person/sign-ins',
    {
      config,
      schema: {
        tags,
        operationId: 'listSignInsOfPerson',
        summary: 'Where a person is signed in, the newest first',
        params,
        response: answers({ status: 200, description: 'All', schema: named(schemas.signInListSchema) }, failing),
      },
    },
    async (request): Promise<SignInList> => {
      const caller = calledBy(request)
      const { id } = await findPerson(parts, caller, request.params.person)
      return signInList(await parts.signIns.of(id), caller.accessId, parts.clock.now())
    },
  )
}

function registerChanges(server: Server, parts: PeopleParts): void {
  const { users, rights, sessions, clock, audit, ended } = parts
  const changed = async (request: Asking, user: User, change: PersonChange): Promise<PersonInfo> => {
    const told = (of: { readonly grants?: readonly Grant[]; readonly disabledAt?: number | null }) => ({
      ...(of.grants && { grants: grantWords(of.grants) }),
      isAllowed: typeof of.disabledAt !== 'number',
    })
    const after = told({ ...given({ disabledAt: user.disabledAt }), ...change })
    await audit.change(request, { ...deedOn('change', user), before: told(user), after }, () =>
      users.change(user.id, change).catch(asProblem),
    )
    if (typeof change.disabledAt === 'number') await sessions.endAll(user.id)
    ended()
    return personInfo((await users.findById(user.id)) ?? noSuchPerson())
  }
  server.put(
    '/people/:person/grants',
    {
      config,
      schema: {
        tags,
        operationId: 'setGrants',
        summary: 'Gives a person these roles in place of those there are',
        params,
        body: schemas.grantsRequestSchema,
        response: answers(ofPerson('Changed'), ['last-administrator', ...failing, ...withBody]),
      },
    },
    async (request): Promise<PersonInfo> => {
      const caller = calledBy(request)
      const user = await findPerson(parts, caller, request.params.person)
      const grants = request.body.grants.map((grant) => given(grant) as Grant)
      demandGiving(rights, caller, grants)
      return changed(request, user, { grants })
    },
  )
  server.put(
    '/people/:person/access',
    {
      config,
      schema: {
        tags,
        operationId: 'setAccess',
        summary: 'Keeps a person out, or lets the person in again',
        params,
        body: schemas.accessRequestSchema,
        response: answers(ofPerson('Changed'), ['last-administrator', ...failing, ...withBody]),
      },
    },
    async (request): Promise<PersonInfo> => {
      const user = await findPerson(parts, calledBy(request), request.params.person)
      return changed(request, user, { disabledAt: request.body.isAllowed ? null : (user.disabledAt ?? clock.now()) })
    },
  )
}

function registerEnds(server: Server, parts: PeopleParts): void {
  const { users, sessions, links, audit, ended } = parts
  server.delete(
    '/people/:person',
    {
      config,
      schema: {
        tags,
        operationId: 'removePerson',
        summary: 'Removes a person, whose sessions end',
        params,
        response: answers({ status: 204, description: 'Removed' }, ['last-administrator', ...failing]),
      },
    },
    async (request, reply) => {
      const user = await findPerson(parts, calledBy(request), request.params.person)
      const { id, name, grants } = user
      const deed: Deed = { ...deedOn('remove', user), before: { name, grants: grantWords(grants) } }
      await audit.change(request, deed, () => users.remove(id).catch(asProblem))
      await sessions.endAll(id)
      ended()
      return reply.status(204).send()
    },
  )
  server.delete(
    '/people/:person/sign-ins',
    {
      config,
      schema: {
        tags,
        operationId: 'endSignInsOfPerson',
        summary: 'Signs a person out everywhere',
        params,
        response: answers({ status: 204, description: 'Signed out' }, failing),
      },
    },
    async (request, reply) => {
      const user = await findPerson(parts, calledBy(request), request.params.person)
      await audit.change(request, deedOn('end', user), () => sessions.endAll(user.id))
      ended()
      return reply.status(204).send()
    },
  )
  server.post(
    '/people/:person/reset',
    {
      config,
      schema: {
        tags,
        operationId: 'resetPassword',
        summary: 'Makes a link, told this once, by which the person chooses another password within a day',
        params,
        response: answers({ status: 201, description: 'Made', schema: named(schemas.madeAccountLinkSchema) }, [
          'no-password',
          ...failing,
        ]),
      },
    },
    async (request, reply): Promise<MadeAccountLink> => {
      const caller = calledBy(request)
      const user = await findPerson(parts, caller, request.params.person)
      const { id, name, tenant, passwordHash } = user
      if (passwordHash === null)
        throw problem('no-password', 'This person signs in at the identity provider alone: the password is set there.')
      reply.status(201)
      return audit.change(request, deedOn('reset', user), () =>
        links.make({ tenant, person: id, label: name, grants: [], madeBy: caller.name }),
      )
    },
  )
}

function registerInvitations(server: Server, { accountLinks, links, rights, clock, audit }: PeopleParts): void {
  const invitations = async (caller: Caller) =>
    (await accountLinks.list(caller.tenant)).filter(
      (link) => link.person === null && link.expiresAt > clock.now() && mayManage(rights, caller, link),
    )
  server.get(
    '/people/invitations',
    {
      config,
      schema: {
        tags,
        operationId: 'listInvitations',
        summary: 'Invitations that are open, the newest first: those of which you could give each grant',
        response: answers({ status: 200, description: 'All', schema: named(schemas.invitationListSchema) }, signedIn),
      },
    },
    async (request): Promise<InvitationList> => ({
      rows: (await invitations(calledBy(request))).map(
        ({ id, label, grants, madeBy, madeAt, expiresAt }): InvitationInfo => ({
          id,
          label,
          grants,
          madeBy,
          madeAt,
          expiresAt,
        }),
      ),
    }),
  )
  server.post(
    '/people/invitations',
    {
      config,
      schema: {
        tags,
        operationId: 'invite',
        summary: 'Makes a link, told this once, by which somebody makes an account with these roles',
        body: schemas.invitationRequestSchema,
        response: answers({ status: 201, description: 'Made', schema: named(schemas.madeAccountLinkSchema) }, [
          ...signedIn,
          ...withBody,
        ]),
      },
    },
    async (request, reply): Promise<MadeAccountLink> => {
      const caller = calledBy(request)
      const { label, expiresAt } = request.body
      const grants = request.body.grants.map((grant) => given(grant) as Grant)
      demandGiving(rights, caller, grants)
      reply.status(201)
      const { tenant, name: madeBy } = caller
      const deed: Deed = {
        action: 'invite',
        target: { kind: 'invitation', id: label },
        after: { grants: grantWords(grants) },
      }
      return audit.change(request, deed, () =>
        links.make({ tenant, person: null, label, grants, madeBy, ...given({ expiresAt }) }),
      )
    },
  )
  server.delete(
    '/people/invitations/:invitation',
    {
      config,
      schema: {
        tags,
        operationId: 'withdrawInvitation',
        summary: 'Withdraws an invitation: its link is void',
        params: Type.Object({ invitation: rowId }),
        response: answers({ status: 204, description: 'Withdrawn' }, failing),
      },
    },
    async (request, reply) => {
      const caller = calledBy(request)
      const found = (await invitations(caller)).find(({ id }) => id === request.params.invitation)
      if (found === undefined) throw noSuchInvitation()
      const deed: Deed = { action: 'revoke', target: { kind: 'invitation', id: found.label } }
      await audit.change(request, deed, async () => {
        if (!(await accountLinks.take(caller.tenant, found.id))) throw noSuchInvitation()
      })
      return reply.status(204).send()
    },
  )
}

const deedOn = (action: Deed['action'], { id }: Pick<User, 'id'>): Deed => ({ action, target: { kind: 'person', id } })

const noSuchInvitation = (): Error =>
  problem('not-found', 'There is no open invitation of that id. The list has those there are.')

/** Everybody is managed by those who may give everything. */
const mayManage = (rights: Rights, caller: Caller, { grants }: { readonly grants: readonly Grant[] }): boolean =>
  rights.mayGive(caller, wholeGrant('administrator')) ||
  (grants.length > 0 && grants.every((grant) => rights.mayGive(caller, grant)))

/** Throws `not-found` also where the caller does not manage the person. */
async function findPerson({ users, rights }: PeopleParts, caller: Caller, id: string): Promise<User> {
  const user = await users.findById(id)
  return user?.tenant === caller.tenant && mayManage(rights, caller, user) ? user : noSuchPerson()
}

function noSuchPerson(): never {
  throw problem('not-found', 'There is nobody of that id whom you manage. The list of people has those there are.')
}

function demandGiving(rights: Rights, caller: Caller, grants: readonly Grant[]): void {
  const index = grants.findIndex((grant) => !rights.mayGive(caller, grant))
  if (index === -1) return
  const detail = `You have not the role ${grants[index]?.role} yourself, over as much and for as long, so you cannot give it. Give less, or ask an administrator of the whole tenant.`
  throw problem('not-allowed', detail, { errors: [{ field: `grants.${index}`, message: detail }] })
}

function asProblem(error: unknown): never {
  if (error instanceof Outage && error.code === 'LAST_ADMINISTRATOR') throw problem('last-administrator', error.message)
  if (error instanceof Outage && error.code === 'USER_UNKNOWN') noSuchPerson()
  throw error
}

const personInfo = ({ id, name, grants, passwordHash, identity, disabledAt }: User): PersonInfo => ({
  id,
  name,
  grants,
  hasPassword: passwordHash !== null,
  isElsewhere: identity !== null,
  disabledAt: disabledAt ?? null,
})
