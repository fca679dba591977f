// The name and the password of an account that is made, as JSON Schema.
import { Type } from 'typebox'
import { passwordLimits } from './session/password.ts'

export const userName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^\\S(.*\\S)?$',
  description: 'A name has 1 to 64 characters and does not begin or end with a space.',
})
export const newPassword = Type.String({
  minLength: passwordLimits.charsMin,
  maxLength: passwordLimits.charsMax,
  description: `A password has at least ${passwordLimits.charsMin} characters and is not easy to guess: no common password, not the name of the account or of the product, no repeats, no rows of keys. Four words are easy to remember and hard to guess.`,
})
