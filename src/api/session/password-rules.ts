// Which passwords are refused because they are guessed first: those on lists of common ones, the
// account's or the product's own name, repeats, rows of keys, and what is little more than these.
// zxcvbn (Wheeler, USENIX Security 2016) estimates how many guesses a password would take; nothing
// leaves this process. Its words (some 60,000, 400 KB) are loaded when they are first needed.
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

/** Of 0 to 4; 3 is from 10^8 guesses on, "safely unguessable" against a slow hash such as ours. */
const scoreMin = 3
/** The time to judge grows with the square of the length; what is longer than this is judged by its
 *  beginning. */
const judgedCharsMax = 64
const productName = 'roadstream'

/** The makings of a password, by zxcvbn's warnings. */
const reasons: Readonly<Record<string, string>> = {
  straightRow: 'it has keys that lie in a row',
  keyPattern: 'it has a pattern of neighbouring keys',
  simpleRepeat: 'it repeats one character',
  extendedRepeat: 'it repeats itself',
  sequences: 'it has a sequence such as abc or 4321',
  recentYears: 'it has a year',
  dates: 'it has a date',
  topTen: 'it is one of the most common passwords',
  topHundred: 'it is one of the most common passwords',
  common: 'it is a common password',
  similarToCommon: 'it is little more than a common password',
  userInputs: 'it is little more than the name of the account or of this product',
}
const remedy = 'A few unrelated words are hard to guess and easy to remember.'

let loading: Promise<ZxcvbnFactory> | undefined
async function loadGuesser(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: judgedCharsMax })
}

/** Why the account `name` cannot have this password, and what to do, for a person; undefined when
 *  it can. */
export async function passwordFault(password: string, name: string): Promise<string | undefined> {
  const guesser = await (loading ??= loadGuesser())
  const words = name.split(/[^\p{L}\p{N}]+/u)
  const ownWords = [name, words.join(''), ...words, productName].filter((word) => word !== '')
  const { score, feedback } = guesser.check(password.normalize('NFKC'), ownWords)
  if (score >= scoreMin) return undefined
  const reason = reasons[feedback.warning ?? ''] ?? 'it is made of common words and few others'
  return `This password is easy to guess: ${reason}. ${remedy}`
}
