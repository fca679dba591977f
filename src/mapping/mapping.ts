// The mapping language: how rows of named texts become samples of VSS signals. It is data and holds
// no code; docs/mapping.md shows each thing it can say. A rule may stand alone or in a list: of a
// list the first counts whose fields are there.
import type { SampleClock, SignalValue } from '../model/message.ts'
import type { Row } from './row.ts'
import type { Unit } from './units.ts'

export type Mapping = Defaults & {
  readonly name: string
  /** One line for people: what is recorded or published, where it comes from, and under which
   *  licence. */
  readonly about: string
  /** Facts that its fields do not tell, for people. */
  readonly notes?: readonly string[]
  readonly from: Form
  readonly time: TimeRule | readonly TimeRule[]
  /** The field that splits the rows, and what its parts are in truth: trips may be played as one
   *  car, vehicles may not. Without it the file is a trip. */
  readonly segments?: { readonly field: string; readonly are: 'trips' | 'vehicles' }
  /** Said once, with the first sample of each segment. */
  readonly constants?: Readonly<Record<string, SignalValue>>
  /** By VSS path. */
  readonly signals: Readonly<Record<string, SignalRule | readonly SignalRule[]>>
  /** The consequence when a file has no column of a rule: an error (where nothing is said), or that
   *  the signal is not told. */
  readonly lacking?: 'error' | 'skip'
  readonly examples?: readonly Example[]
}

/** Defaults for all signals of a mapping that say nothing else. */
export type Defaults = {
  /** Texts that mean "no value", besides an empty one. */
  readonly unknown?: readonly string[]
  /** The word of an empty field, and of an unknown text, on the signal. Where nothing is stated:
   *  `unchanged` in a column of a file that is filled in less than half of its rows, else
   *  `unknown`. A field that a row does not have at all is unchanged, unless `unknown` is
   *  stated. */
  readonly absent?: 'unchanged' | 'unknown'
  /** The decimal sign; a point where nothing is said. Numbers in groups of three are none. */
  readonly decimal?: '.' | ','
}

export type Form = CsvForm | PointsForm | CandumpForm

/** Forms that say themselves what their fields are: points of GPX, sentences of NMEA 0183, traces
 *  of OpenXC. */
export type PointsForm = { readonly form: 'gpx' | 'nmea' | 'openxc' }

/** Frames of a CAN bus, `j1939` as lorries and machines speak. `dbc`: the database that says what
 *  is in them, a file beside the recording, or by its whole path. */
export type CandumpForm = { readonly form: 'candump'; readonly dbc: string; readonly j1939?: boolean }

/** A table of texts. A delimiter at the end of each line is passed over, as are empty lines and a
 *  header that is repeated. */
export type CsvForm = {
  readonly form: 'csv'
  readonly delimiter?: Delimiter
  /** The names of the columns, for a file that does not begin with them. */
  readonly header?: readonly string[]
  /** Lines before the header, or before the first row. Those and comments that stand there and read
   *  `name = value` or `name: value` are fields `# name` of every row. */
  readonly skip?: number
  /** The text that lines begin with which are comments. */
  readonly comment?: string
  /** The line after the header holds units: the column `Speed` of `km/h` is `Speed [km/h]`. */
  readonly unitsRow?: boolean
  /** Rows may leave out empty fields at their end, as spreadsheets write them. Elsewhere such a row
   *  is taken for a torn one and skipped. */
  readonly shortRows?: boolean
  /** Rows of kind and value: the text in `name` is the name of a field that has the text in
   *  `value`; with `unit`, of a field `name [unit]`. */
  readonly long?: { readonly name: string; readonly value: string; readonly unit?: string }
  /** Columns whose texts are JSON: `name/a/b` is then a pointer into `name`, as in messages. */
  readonly json?: readonly string[]
}

export type Delimiter = 'comma' | 'semicolon' | 'tab' | 'blank'

/** Whose clock told an instant. */
export type ToldClock = 'measured' | SampleClock

/** How the instant of a row is read. `when`: of the rows for which all of it holds. */
export type TimeRule = (DatedRule & { readonly when?: Condition | readonly Condition[] }) | CountedRule

/** An instant with its date. Several fields are joined by a blank. `zone`: what a text without an
 *  offset means, an IANA name. */
export type DatedRule = { readonly clock?: ToldClock } & (
  | { readonly as: 'iso'; readonly field: string | readonly string[]; readonly zone: string }
  | {
      readonly as: 'pattern'
      readonly field: string | readonly string[]
      readonly pattern: string
      readonly zone: string
    }
  | { readonly as: 'epoch'; readonly field: string; readonly unit: 's' | 'ms' | 'us' }
)

/** Time since the start, or rows at a period. The start is what the caller says, else what `start`
 *  gives, else `startAt`, else the beginning of 2020. A further trip in the same file, and a
 *  further file, starts ten minutes after the end of the one before. */
export type CountedRule = {
  readonly clock?: ToldClock
  readonly startAt?: string
  readonly start?: StartRule
} & (
  | { readonly as: 'elapsed'; readonly field: string; readonly unit: 'min' | 's' | 'ms' | 'us' }
  | { readonly as: 'rows'; readonly periodMs: number }
)

/** The instant at zero: in a field of the first row (`# file` is the file's name up to its last
 *  dot), or in a CSV file beside the recording, in the row whose `key` is the file's name up to its
 *  first dot. */
export type StartRule = DatedRule | { readonly table: string; readonly key: string; readonly time: DatedRule }

/** One signal. A number is ((field * factor) - minus) * sign in `unit`, or the product of two such
 *  fields in `unit`, and is converted to the signal's own unit. A signal that has no unit needs
 *  none. */
export type SignalRule = Defaults & {
  readonly field: string
  /** A second field to multiply with: `unit` is then the product's. */
  readonly times?: string
  /** Or the field that tells it, and the unit that each of its texts is; any other is an unknown
   *  code. */
  readonly unit?: Unit | { readonly field: string; readonly are: Readonly<Record<string, Unit>> }
  readonly factor?: number
  readonly minus?: number
  readonly sign?: -1
  /** The number is a two's complement of so many bits that was read without its sign. */
  readonly bits?: 8 | 16 | 24 | 32
  /** The text that follows the number and is cut off; a text without it is no number. */
  readonly suffix?: string
  /** Texts and the value each stands for; any other is an unknown code. */
  readonly words?: Readonly<Record<string, string | boolean | number>>
  /** The value is unknown while another field has one of these texts. */
  readonly unknownWhen?: Condition | readonly Condition[]
}

/** A field has one of these texts; a number is compared as one. */
export type Condition = { readonly field: string; readonly is: readonly string[] }

/** Rows as their reader gives them, and the samples they must give. `null` is an unavailable
 *  value. */
export type Example = {
  readonly rows: readonly Row[]
  readonly samples: readonly {
    readonly at: string
    readonly clock?: ToldClock
    readonly segment?: string
    readonly signals: Readonly<Record<string, SignalValue>>
  }[]
}
