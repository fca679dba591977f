// A link to a vehicle for somebody without an account: made, copied, and ended again.
import { Dialog } from '@base-ui/react/dialog'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState, type FormEvent } from 'react'
import type { MadeShare, ShareInfo, ShareRequest } from '../../../src/api/contract.ts'
import { sendJson } from '../api/client.ts'
import { useSession } from '../session/session.tsx'
import { Icon } from '../shell/icons.tsx'
import { Age, Instant } from '../shell/instant.tsx'
import { MadeLink } from '../shell/made-link.tsx'
import { MoreButton } from '../shell/more-button.tsx'
import { useNow } from '../shell/now.ts'
import { Failed, Loading } from '../shell/page-states.tsx'
import { sharesPath, sharesQuery } from './share-queries.ts'
import { lifetimes, linkOf, untilOf, type Lifetime } from './share-words.ts'
import { DialogFrame } from '../shell/dialog-frame.tsx'

type Props = { readonly vehicle: string }

/** The button and its dialog; nothing for who may not share. */
export function ShareButton({ vehicle }: Props) {
  const { session } = useSession()
  if (!session.permissions.includes('shares:make')) return null
  return (
    <Dialog.Root>
      <Dialog.Trigger className="button small">
        <Icon name="share" /> Share …
      </Dialog.Trigger>
      <DialogFrame
        title={`Share ${vehicle}`}
        about="Whoever has the link sees where this vehicle is, how fast it goes and its fuel or charge, without an account, until the link ends. It shows nothing else, and nothing that you do not see."
        testId="share"
      >
        <MakeLink vehicle={vehicle} />
        <Links vehicle={vehicle} />
      </DialogFrame>
    </Dialog.Root>
  )
}

function MakeLink({ vehicle }: Props) {
  const id = useId()
  const queryClient = useQueryClient()
  const { session } = useSession()
  const [lifetime, setLifetime] = useState<Lifetime>('day')
  const [withTrip, setWithTrip] = useState(false)
  const made = useMutation({
    mutationFn: (request: ShareRequest) => sendJson<MadeShare>('POST', sharesPath(vehicle), request),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['/shares', vehicle] }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    made.mutate({ until: untilOf(lifetime, Date.now()), withTrip })
  }
  return (
    <>
      <form className="share-form" onSubmit={submit}>
        <div className="field">
          <label htmlFor={id}>It ends after</label>
          <select id={id} value={lifetime} onChange={({ target }) => setLifetime(target.value as Lifetime)}>
            {lifetimes.map(({ id: value, name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </div>
        {session.permissions.includes('trips:read') ? (
          <label className="check">
            <input type="checkbox" checked={withTrip} onChange={({ target }) => setWithTrip(target.checked)} /> Show the
            trip it is on as well, from its start
          </label>
        ) : null}
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
        <MadeLink key={made.data.id} link={linkOf(location.origin, made.data.token)} until={made.data.until} />
      )}
    </>
  )
}

function Links({ vehicle }: Props) {
  const query = useInfiniteQuery(sharesQuery(vehicle))
  const { data, error, refetch } = query
  const links = data?.pages.flatMap(({ rows }) => rows)
  if (links === undefined)
    return error === null ? (
      <Loading what="the links" />
    ) : (
      <Failed what="links" error={error} retry={() => void refetch()} />
    )
  if (links.length === 0) return <p className="help">There are no links to this vehicle yet.</p>
  return (
    <section aria-labelledby="links-there-are">
      <h2 id="links-there-are">Links there are</h2>
      <ul className="links" data-testid="links">
        {links.map((share) => (
          <LinkRow key={share.id} share={share} />
        ))}
      </ul>
      <MoreButton query={query} />
    </section>
  )
}

function LinkRow({ share }: { readonly share: ShareInfo }) {
  const nowAt = useNow()
  const queryClient = useQueryClient()
  const { id, vehicle, madeBy, madeAt, until, usedAt, withTrip } = share
  const end = useMutation({
    mutationFn: () => sendJson<undefined>('DELETE', `${sharesPath(vehicle)}/${encodeURIComponent(id)}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['/shares', vehicle] }),
  })
  const hasEnded = until <= nowAt
  return (
    <li>
      <div>
        <p>
          {hasEnded ? 'Ended ' : 'Until '}
          <Instant at={until} />
          {withTrip ? ', with its trip' : ''}
        </p>
        <p className="help">
          By {madeBy}, <Age at={madeAt} />;{' '}
          {usedAt === null ? (
            'not used yet'
          ) : (
            <>
              last used <Age at={usedAt} />
            </>
          )}
        </p>
        {end.isError ? (
          <p className="error" role="alert">
            {end.error.message}
          </p>
        ) : null}
      </div>
      <button
        type="button"
        className="button small danger"
        disabled={end.isPending}
        aria-label={`${hasEnded ? 'Remove' : 'End'} the link by ${madeBy}`}
        onClick={() => end.mutate()}
      >
        {hasEnded ? 'Remove' : 'End'}
      </button>
    </li>
  )
}
