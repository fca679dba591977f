// The people whom one manages: invited by a link, kept out, their password reset by a link.
import { infiniteQueryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState, type FormEvent } from 'react'
import type {
  InvitationInfo,
  InvitationList,
  InvitationRequest,
  Listing,
  MadeAccountLink,
  PersonInfo,
} from '../../../src/api/contract.ts'
import { getJson, sendJson } from '../api/client.ts'
import { TextField } from '../session/text-field.tsx'
import { Age, Instant } from '../shell/instant.tsx'
import { MadeLink } from '../shell/made-link.tsx'
import { MoreButton } from '../shell/more-button.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { Empty, Failed, Loading } from '../shell/page-states.tsx'
import { grantText, grantOf, givenRoles } from './grant-text.ts'

const peopleKey = ['/people'] as const
const invitationsKey = ['/people/invitations'] as const
const peopleQuery = infiniteQueryOptions({
  queryKey: peopleKey,
  queryFn: ({ pageParam, signal }) => getJson<Listing<PersonInfo>>('/people', { after: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Listing<PersonInfo>) => page.next,
})
const personPath = (id: string): string => `/people/${encodeURIComponent(id)}`
const linkOf = (token: string): string => `${location.origin}/welcome#${token}`

export default function PeoplePage() {
  return (
    <>
      <PageHeader title="People" />
      <Invite />
      <Invitations />
      <People />
    </>
  )
}

function Invite() {
  const roleId = useId()
  const queryClient = useQueryClient()
  const [over, setOver] = useState('')
  const made = useMutation({
    mutationFn: (request: InvitationRequest) => sendJson<MadeAccountLink>('POST', '/people/invitations', request),
    onSettled: () => queryClient.invalidateQueries({ queryKey: invitationsKey }),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string): string => {
      const value = form.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    made.mutate({ label: text('label'), grants: [grantOf(text('role'), text('over'), text('id'))] })
  }
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">Invite somebody</h2>
      <form className="share-form" onSubmit={submit}>
        <TextField label="For whom" name="label" required maxLength={200} />
        <div className="field">
          <label htmlFor={roleId}>Role</label>
          <select id={roleId} name="role" defaultValue="viewer">
            {givenRoles.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={`${roleId}-over`}>Over</label>
          <select id={`${roleId}-over`} name="over" value={over} onChange={({ target }) => setOver(target.value)}>
            <option value="">all vehicles</option>
            <option value="group">a group</option>
            <option value="vehicle">a vehicle</option>
            <option value="assigned">those assigned to the person</option>
          </select>
        </div>
        {over === 'group' || over === 'vehicle' ? <TextField label={`Id of the ${over}`} name="id" required /> : null}
        <button type="submit" className="button primary" disabled={made.isPending}>
          {made.isPending ? 'Making …' : 'Make a link'}
        </button>
      </form>
      {made.isError ? (
        <p className="error" role="alert">
          {made.error.message}
        </p>
      ) : null}
      {made.data === undefined ? null : (
        <MadeLink key={made.data.id} link={linkOf(made.data.token)} until={made.data.expiresAt} />
      )}
    </section>
  )
}

function Invitations() {
  const { data, error, refetch } = useQuery({
    queryKey: invitationsKey,
    queryFn: ({ signal }) => getJson<InvitationList>('/people/invitations', {}, signal),
  })
  if (data === undefined)
    return error === null ? null : <Failed what="invitations" error={error} retry={() => void refetch()} />
  if (data.rows.length === 0) return null
  return (
    <section aria-labelledby="invitations">
      <h2 id="invitations">Open invitations</h2>
      <ul className="links">
        {data.rows.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </section>
  )
}

function InvitationRow({
  invitation: { id, label, grants, madeBy, madeAt, expiresAt },
}: {
  readonly invitation: InvitationInfo
}) {
  const queryClient = useQueryClient()
  const withdraw = useMutation({
    mutationFn: () => sendJson<undefined>('DELETE', `/people/invitations/${encodeURIComponent(id)}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: invitationsKey }),
  })
  return (
    <li>
      <div>
        <p>
          {label}: {grants.map(grantText).join('; ')}
        </p>
        <p className="help">
          By {madeBy}, <Age at={madeAt} />; until <Instant at={expiresAt} />
        </p>
        {withdraw.isError ? (
          <p className="error" role="alert">
            {withdraw.error.message}
          </p>
        ) : null}
      </div>
      <button
        type="button"
        className="button small danger"
        disabled={withdraw.isPending}
        aria-label={`Withdraw the invitation of ${label}`}
        onClick={() => withdraw.mutate()}
      >
        Withdraw
      </button>
    </li>
  )
}

function People() {
  const query = useInfiniteQuery(peopleQuery)
  const { data, error, refetch } = query
  const people = data?.pages.flatMap(({ rows }) => rows)
  if (people === undefined)
    return error === null ? (
      <Loading what="people" />
    ) : (
      <Failed what="people" error={error} retry={() => void refetch()} />
    )
  if (people.length === 0 && !query.hasNextPage) return <Empty title="There is nobody whom you manage" />
  return (
    <section aria-labelledby="people">
      <h2 id="people">Who may sign in</h2>
      <ul className="links" data-testid="people">
        {people.map((person) => (
          <PersonRow key={person.id} person={person} />
        ))}
      </ul>
      <MoreButton query={query} />
    </section>
  )
}

function PersonRow({ person: { id, name, grants, hasPassword, disabledAt } }: { readonly person: PersonInfo }) {
  const queryClient = useQueryClient()
  const reset = useMutation({ mutationFn: () => sendJson<MadeAccountLink>('POST', `${personPath(id)}/reset`) })
  const access = useMutation({
    mutationFn: (isAllowed: boolean) => sendJson<PersonInfo>('PUT', `${personPath(id)}/access`, { isAllowed }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: peopleKey }),
  })
  const error = reset.error ?? access.error
  const isOut = disabledAt !== null
  return (
    <li>
      <div>
        <p>{name}</p>
        <p className="help">
          {isOut ? 'Kept out; ' : ''}
          {grants.map(grantText).join('; ') || 'no role'}
        </p>
        {error === null ? null : (
          <p className="error" role="alert">
            {error.message}
          </p>
        )}
        {reset.data === undefined ? null : (
          <MadeLink key={reset.data.id} link={linkOf(reset.data.token)} until={reset.data.expiresAt} />
        )}
      </div>
      {hasPassword && !isOut ? (
        <button
          type="button"
          className="button small"
          disabled={reset.isPending}
          aria-label={`Reset the password of ${name}`}
          onClick={() => reset.mutate()}
        >
          Reset the password
        </button>
      ) : null}
      <button
        type="button"
        className="button small"
        disabled={access.isPending}
        aria-label={`${isOut ? 'Let in' : 'Keep out'} ${name}`}
        onClick={() => access.mutate(isOut)}
      >
        {isOut ? 'Let in' : 'Keep out'}
      </button>
    </li>
  )
}
