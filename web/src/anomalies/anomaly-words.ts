// Words for each kind of anomaly: what it means for what one sees, and what to do about it.
import type { AnomalyKind, AnomalyPart } from '../../../src/api/contract.ts'
import { invalidReason } from '../format/signal-value.ts'
import { formatCount } from '../format/units.ts'
import { doubtRemedy, doubtWords } from '../twin/doubt-words.ts'

export type AnomalyWords = {
  readonly name: string
  readonly meaning: string
  readonly remedy: string
  /** The thing a part names. */
  readonly subject: string
}

export const anomalyWords: Readonly<Record<AnomalyKind, AnomalyWords>> = {
  refused: {
    name: 'Refused messages',
    meaning:
      'They break a rule of the message format. They are kept as dead letters, with their bytes and the reason, and make no figure.',
    remedy: 'Mend what the unit sends; the reason names the rule. A message sent again as it was is refused again.',
    subject: 'Stream',
  },
  invalid: {
    name: 'Invalid values',
    meaning:
      'The message was taken and this part of it was not: a value of another type or range than its signal’s, or what has no place in a message. No figure uses it.',
    remedy:
      'Look at the unit’s mapping of this signal: type, unit and scale, and which value means “not available” there (send null for that).',
    subject: 'Signal',
  },
  doubted: {
    name: 'Doubted values',
    meaning:
      'Places, speeds and odometers that cannot be true, by themselves or beside what the car told before and after. They are kept, and no trip, track or figure is made of them.',
    remedy:
      'Look at the receiver and its antenna, or at the unit’s mapping of the signal. The reason, on the vehicle’s page, says which.',
    subject: 'Signal',
  },
  units: {
    name: 'Two units under one id',
    meaning:
      'Boots ran side by side, by what they measured and by when they were heard. Trips and positions of two cars may be mixed under this id.',
    remedy:
      'Find the second unit: a spare part with a copied configuration, a test bench, a replay under a real id. Give each unit an id and a password of its own.',
    subject: 'Boot',
  },
  reused: {
    name: 'Numbers used twice',
    meaning:
      'Messages with different contents carry one number of one boot. Both are kept, but missing messages can no longer be told, and a repeat cannot be told from a second message everywhere.',
    remedy:
      'Have the unit draw a random boot at each start, count from 0 within it, and give the same number only to the same message.',
    subject: 'Stream',
  },
  number: {
    name: 'Jumps of the number',
    meaning:
      'A number lies so far above the one before it that no unit can have sent what is between. The message is kept, and what is between is not counted as missing.',
    remedy:
      'Have the unit count its messages by one: a counter that was not set, or an identifier in place of “seq”, looks like this.',
    subject: 'Stream',
  },
  clock: {
    name: 'Wrong clocks',
    meaning:
      'The car gave instants that cannot be right. What is ahead of its receipt is marked and not taken for now; what lies far behind stands under its instant; samples without an instant of this century are set aside.',
    remedy:
      'Check how the unit sets its clock and writes instants: milliseconds since 1970 in UTC, set before the first message, a receiver whose firmware counts GPS weeks right.',
    subject: 'Stream or boot',
  },
  excess: {
    name: 'More than is kept',
    meaning:
      'The vehicle tells more than Roadstream keeps of one vehicle. Of its signals beyond the catalogue those that come first by name are kept; the one named here and all after it are in the raw messages alone.',
    remedy:
      'Have the unit use a fixed set of signal names, without numbers, times or ids in them. Where it has that many signals, name them in an overlay (ROADSTREAM_SIGNALS).',
    subject: 'First signal left out',
  },
}

const nouns: Readonly<Record<AnomalyKind, readonly [one: string, many: string]>> = {
  refused: ['refused message', 'refused messages'],
  invalid: ['invalid value', 'invalid values'],
  doubted: ['doubted value', 'doubted values'],
  units: ['boot side by side with another', 'boots side by side'],
  reused: ['message under a used number', 'messages under used numbers'],
  number: ['jump of the number', 'jumps of the number'],
  clock: ['instant that cannot be right', 'instants that cannot be right'],
  excess: ['bound exceeded', 'bounds exceeded'],
}

/** `1 invalid value`, `2 boots side by side`. */
export const countedAnomaly = (kind: AnomalyKind, count: number): string =>
  `${formatCount(count)} ${nouns[kind][count === 1 ? 0 : 1]}`

const refusals: Readonly<Record<string, string>> = {
  'too-large': 'larger than a message may be',
  'not-utf8': 'not UTF-8',
  'not-json': 'not JSON',
  shape: 'not an object with samples or an event',
  boot: '“boot” is not 16 hexadecimal digits',
  seq: '“seq” is not a whole number',
  time: 'an instant that is none',
  samples: 'no samples, or too many',
  burst: 'a burst without its rate or columns',
  signal: 'a signal without a name or form',
  event: 'an event without a name or form',
}

const instants: Readonly<Record<string, string>> = {
  'time-form': 'not in the form of an instant',
  'time-no-zone': 'a text without its time zone',
  'time-seconds': 'seconds in place of milliseconds',
  'time-1970': 'in 1970: the clock was not set',
  'time-1980': 'in 1980: the clock was not set',
  'time-2000': 'in 2000: the clock was not set',
  'time-gps-rollover': '1,024 weeks back: the receiver counts GPS weeks wrong',
  'time-ahead': 'ahead of its receipt',
  'time-behind': 'more than fifteen years back',
  'time-back': 'before what was measured earlier: the clock went back',
  'time-range': 'outside the years 2000 to 2100',
}

const bounds: Readonly<Record<string, string>> = {
  'twin-room': 'no room in the last known values for signals beyond the catalogue',
}

const asides: Readonly<Record<string, string>> = {
  path: 'not named by a VSS path',
  'too-many-signals': 'more signals than a sample may have',
  sample: 'not a sample',
  'too-many-samples': 'more samples than a message may have',
  'beside-event': 'samples beside an event',
  more: 'further kinds',
}

/** Why, in words where the reason is one of ours; null where a part has no reason. */
export function partReason(kind: AnomalyKind, { reason }: Pick<AnomalyPart, 'reason'>): string | null {
  if (reason === null) return null
  if (kind === 'refused') return refusals[reason] ?? reason
  if (kind === 'doubted') return doubtWords(reason)
  if (kind === 'excess') return bounds[reason] ?? reason
  return kind === 'clock' ? (instants[reason] ?? reason) : (asides[reason] ?? invalidReason(reason))
}

/** The remedy for a part, where that depends on its reason; null where what is said of the kind is
 *  all. */
export const partRemedy = (kind: AnomalyKind, { reason }: Pick<AnomalyPart, 'reason'>): string | null =>
  kind === 'doubted' && reason !== null ? doubtRemedy(reason) : null
