// Three kinds of failure, three tools. Refused data is a value (`Result`), an outage is an
// `Outage`, a bug is a failed `assert` and ends the process. Nothing is ever told apart by an
// error's text.

/** The result of parsing outside data: the value, or a reason code that is also a metric label,
 *  with a detail for people. */
export type Result<Value, Reason extends string = string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason; readonly detail: string }

export const accepted = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value })

export const refused = <Reason extends string>(
  reason: Reason,
  detail: string,
): { readonly ok: false; readonly reason: Reason; readonly detail: string } => ({
  ok: false,
  reason,
  detail,
})

/** Something outside us failed: a disk, a database, a broker. `retryable` says whether the same
 *  call may succeed later. */
export class Outage extends Error {
  override readonly name = 'Outage'
  readonly code: string
  readonly retryable: boolean
  /** The log has it once, with its remedy: whoever meets it besides need not say it again. */
  readonly isTold: boolean

  constructor(
    code: string,
    message: string,
    options: { readonly retryable: boolean; readonly isTold?: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
    this.isTold = options.isTold ?? false
  }
}

/** The outage that ended something: it itself, or what it was before clean-up failed as well, as it
 *  does when both need the same disk. Undefined for a bug. */
export function outageOf(error: unknown): Outage | undefined {
  if (error instanceof Outage) return error
  return error instanceof SuppressedError ? outageOf(error.suppressed) : undefined
}
