// One's own account: the password, where one is signed in, and what one may do.
import { permissions, roles } from '../../../src/rights/permissions.ts'
import { useSession } from '../session/session.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { PasswordForm } from './password-form.tsx'
import { SignIns } from './sign-ins.tsx'

export default function AccountPage() {
  const { session } = useSession()
  return (
    <div className="page">
      <PageHeader title="Your account" note={`${session.name} of ${session.tenant}`} />
      <section className="card" aria-labelledby="password">
        <h2 id="password">Password</h2>
        {session.hasPassword ? (
          <PasswordForm name={session.name} />
        ) : (
          <p>You have no password here: you sign in at your identity provider, and it is changed there.</p>
        )}
      </section>
      <SignIns />
      <Allowed />
    </div>
  )
}

function Allowed() {
  const { session } = useSession()
  const words: Readonly<Record<string, { readonly words: string }>> = roles
  return (
    <section className="card" aria-labelledby="allowed">
      <h2 id="allowed">What you may do</h2>
      {session.roles.length === 0 ? (
        <p>You have no role. Ask an administrator for one.</p>
      ) : (
        <>
          <ul className="account-roles">
            {session.roles.map((role) => (
              <li key={role}>
                <strong>{role}</strong>:{' '}
                {Object.hasOwn(words, role) ? words[role]?.words : `a role of ${session.tenant}`}
              </li>
            ))}
          </ul>
          <p>With a vehicle or more, you may:</p>
          <ul className="account-allowed">
            {session.permissions.map((permission) => (
              <li key={permission}>{permissions[permission]}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
