// Names under which people sign in. Two that look the same to a person must be the same to us, or
// somebody takes another's look: signs that are not seen, signs that are another one in a costume,
// and letters of several alphabets in one name are refused.

const alphabets = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u]

/** Why nobody can have the name, and what to do, for a person; undefined when somebody can. */
export function personNameFault(name: string): string | undefined {
  if (/[\p{C}\p{Zl}\p{Zp}]|[^\S ]/u.test(name)) return 'It has a sign that is not seen. Type it anew.'
  if (name.normalize('NFKC') !== name.normalize('NFC'))
    return 'It has a sign that stands for another one, such as a letter of full width. Use plain letters and digits.'
  if (alphabets.filter((letters) => letters.test(name)).length > 1)
    return 'It mixes letters of several alphabets that look alike. Use those of one.'
  return undefined
}
