// The rules of the first administrator's form, as the page can check them before it asks.

export const passwordCharsMin = 12

export type SetupForm = {
  readonly token: string
  readonly name: string
  readonly password: string
  readonly again: string
}
export type SetupErrors = {
  readonly token?: string
  readonly name?: string
  readonly password?: string
  readonly again?: string
}

/** Faults of the form, by field; empty when nothing is. */
export function checkSetup({ token, name, password, again }: SetupForm): SetupErrors {
  return {
    ...(token === ''
      ? { token: 'This address has no token. Open the whole link that Roadstream printed in its terminal.' }
      : {}),
    ...(name.trim() === '' ? { name: 'Give the name you will sign in with.' } : {}),
    ...(password.length < passwordCharsMin
      ? { password: `Use at least ${passwordCharsMin} characters; this has ${password.length}.` }
      : {}),
    ...(password !== again ? { again: 'The two passwords differ.' } : {}),
  }
}

const fields = ['name', 'password', 'again'] as const

/** Refusals of the server, by field of the form; `failure` is what no field shows, or it would
 *  stand there twice. */
export function refusedSetup(
  message: string,
  faults: readonly { readonly field: string; readonly message: string }[],
): { readonly errors: SetupErrors; readonly failure: string | undefined } {
  const errors = Object.fromEntries(faults.map(({ field, message }) => [field, message]))
  const isShown = faults.length > 0 && faults.every(({ field }) => fields.some((known) => known === field))
  return { errors, failure: isShown ? undefined : message }
}
