// The part of the mapping language that is about messages of publishers that are not ours: where
// they come, what their payloads are, whose they are, and which of them belong together. Rules of
// values and instants are those of recordings (../mapping.ts).
import type { SignalValue } from '../../model/message.ts'
import type { BinaryForm } from '../binary/decode-binary.ts'
import type { Packing } from '../binary/unpack.ts'
import type { ToldClock, Condition, DatedRule, Defaults, SignalRule } from '../mapping.ts'

export type MessageMapping = Defaults & {
  readonly name: string
  readonly about: string
  readonly notes?: readonly string[]
  readonly from: MessagesForm
  /** Of a list the first counts that gives an instant. */
  readonly time: MessageTime | readonly MessageTime[]
  /** Said once, with the first sample of each vehicle. */
  readonly constants?: Readonly<Record<string, SignalValue>>
  readonly signals: Readonly<Record<string, SignalRule | readonly SignalRule[]>>
  readonly examples?: readonly MessageExample[]
}

/** Fields have these names: `/a/b` is a JSON pointer (RFC 6901) into the payload, `name` a
 *  parameter of a form or query, what a route names the payload, an item of a list, or a level of
 *  the address; `name/a/b` points into one of those. A key `*` is whatever stands there. Texts with
 *  `{name}` in them are templates of fields. */
export type MessagesForm = {
  readonly form: 'messages'
  /** Of those that match an address the first counts whose conditions hold. */
  readonly routes: readonly Route[]
  /** Whose messages are read in order, by levels and parameters of the address. Of a list the first
   *  counts whose fields are there; where none is, all are one. */
  readonly sender?: string | readonly string[]
  /** The publisher's own id of the vehicle. Of a list the first counts whose fields are there. */
  readonly vehicle: VehicleName | readonly VehicleName[]
  /** A message that a broker kept, and hands out at subscription, is old by an unknown time: it
   *  tells no sample, unless its instant is in it. */
  readonly retained?: 'dated'
  readonly gather?: Gather
}

export type Route = RouteAddress & {
  /** Without parameters, such as `application/json`. */
  readonly contentType?: string
  /** A text, JSON, names and values (application/x-www-form-urlencoded, in the query as in the
   *  body), or bytes that are read as a tree like that of JSON. */
  readonly payload?: 'text' | 'json' | 'form' | BinaryForm
  /** Of bytes: how the whole of them is packed. */
  readonly packing?: Packing
  /** The name of the payload; may be a level, whose text is then the name. */
  readonly field?: string
  readonly list?: List
  readonly part?: PayloadPart
  /** A text in the payload that is read as addresses are: the route is for messages where it
   *  fits. */
  readonly levels?: { readonly of: string; readonly are: string }
  /** All of them. */
  readonly when?: RouteCondition | readonly RouteCondition[]
  /** Such messages are known and say nothing. */
  readonly passedOver?: true
}

/** A list in the payload, or an object of such. `name`: a pointer, in each item, to the text or
 *  number that it is called by; or one name for all; without it the key is the name. Of two items
 *  of one name the second begins another thing that is told, beside which stands the same as beside
 *  the first. */
export type List = { readonly at: string; readonly name?: string }

/** The payload tells a part of what `field` names: `at` is a pointer to the text that points to the
 *  part, `value` one to what it is. `replaces`: what the part does not name any more is gone. */
export type PayloadPart = { readonly at: string; readonly value: string; readonly replaces?: true }

/** `{name}` is a level, `{name...}` at the end what follows, its slashes as dots. Packets of a
 *  Teltonika tracker come to `TELTONIKA /IMEI`. */
export type RouteAddress =
  | { readonly topic: string }
  | { readonly method: 'GET' | 'POST' | 'TELTONIKA'; readonly path: string }

export type RouteCondition = Condition | { readonly field: string; readonly there: boolean }

/** A template, or a field whose text follows `after`. */
export type VehicleName = string | { readonly field: string; readonly after: string }

/** Messages of one sender that come one by one and are one sample. */
export type Gather = {
  /** From the first of them on. */
  readonly withinMs: number
  /** A field that ends them. */
  readonly until?: string
  /** The text that tells several things of one sender apart, a template of levels: `{loadpoint}`. A
   *  message that has none of them is of all. */
  readonly each?: string
}

/** `*` as the name of a field is that of the value which the instant is for. `receipt`: ours, where
 *  nothing is told. */
export type MessageTime =
  | { readonly as: 'receipt' }
  | (DatedRule & {
      readonly when?: Condition | readonly Condition[]
      /** A field to be added to it. */
      readonly plus?: { readonly field: string; readonly unit: 's' | 'ms' | 'us' }
    })

/** Messages as they come and the samples they must give, once all that is open has passed. */
export type MessageExample = {
  readonly messages: readonly ExampleMessage[]
  readonly samples: readonly {
    readonly vehicle: string
    readonly at: string
    readonly clock?: Exclude<ToldClock, 'measured'>
    readonly signals: Readonly<Record<string, SignalValue>>
  }[]
  /** The reasons for which something was not taken, in order. */
  readonly refused?: readonly string[]
}

export type ExampleMessage = {
  /** A topic, or method, path and query. */
  readonly to: string
  /** A text, or JSON. */
  readonly payload?: unknown
  /** Bytes instead. */
  readonly hex?: string
  readonly contentType?: string
  readonly retained?: true
  readonly receivedAt: string
}
