// The two fields in which a new password is typed, and what was typed in a form.
import { passwordCharsMin } from './setup-form.ts'
import { TextField } from './text-field.tsx'

/** The text of a field of a form; empty where there is none. */
export function textIn(form: FormData, field: string): string {
  const value = form.get(field)
  return typeof value === 'string' ? value : ''
}

const notGuessed = 'A few unrelated words are better than one hard one.'

type Props = {
  readonly label?: string
  readonly errors: { readonly password?: string; readonly again?: string }
  /** How it is chosen, after how long it is. */
  readonly advice?: string
  readonly autoFocus?: boolean
}

export function NewPassword({ label = 'Password', errors, advice = `easy to guess. ${notGuessed}`, autoFocus }: Props) {
  return (
    <>
      <TextField
        label={label}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        autoFocus={autoFocus}
        minLength={passwordCharsMin}
        help={`At least ${passwordCharsMin} characters, and not ${advice}`}
        error={errors.password}
      />
      <TextField
        label={`${label} again`}
        name="again"
        type="password"
        autoComplete="new-password"
        required
        error={errors.again}
      />
    </>
  )
}
