// The people whom one manages: invited by a link, kept out, their password reset by a link.
import { infiniteQueryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
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
import { GrantFields, grantIn } from './grant-fields.tsx'
import { grantText } from './grant-text.ts'
import { linkOf, peopleKey } from './people-paths.ts'
import { PersonRow } from './person-row.tsx'

const invitationsKey = ['/people/invitations'] as const
const peopleQuery = infiniteQueryOptions({
  queryKey: peopleKey,
  queryFn: ({ pageParam, signal }) => getJson<Listing<PersonInfo>>('/people', { after: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Listing<PersonInfo>) => page.next,
})

export default function PeoplePage() {
  return (
    <div className="page">
      <PageHeader title="People" />
      <Invite />
      <Invitations />
      <People />
    </div>
  )
}

function Invite() {
  const queryClient = useQueryClient()
  const made = useMutation({
    mutationFn: (request: InvitationRequest) => sendJson<MadeAccountLink>('POST', '/people/invitations', request),
    onSettled: () => queryClient.invalidateQueries({ queryKey: invitationsKey }),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const label = form.get('label')
    made.mutate({ label: typeof label === 'string' ? label.trim() : '', grants: [grantIn(form)] })
  }
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">Invite somebody</h2>
      <form className="share-form" onSubmit={submit}>
        <TextField label="For whom" name="label" required maxLength={200} />
        <GrantFields />
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
