// A person with what can be done to the account: another password, out and in, roles, removal.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { MadeAccountLink, PersonInfo } from '../../../src/api/contract.ts'
import { sendJson } from '../api/client.ts'
import { MadeLink } from '../shell/made-link.tsx'
import { ChangeGrants } from './change-grants.tsx'
import { grantText } from './grant-text.ts'
import { linkOf, peopleKey, personPath } from './people-paths.ts'
import { RemovePerson } from './remove-person.tsx'

export function PersonRow({ person }: { readonly person: PersonInfo }) {
  const { id, name, grants, hasPassword, disabledAt } = person
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
      <div className="link-actions">
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
        <ChangeGrants person={person} />
        <RemovePerson person={person} />
      </div>
    </li>
  )
}
