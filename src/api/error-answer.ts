// Whatever was thrown -> the problem to answer with. Refusals keep their words; an outage becomes
// 503 when the same call may succeed later; anything else is a bug: 500 with the request's id for
// the log, and nothing of the error itself.
import type { FastifyError, FastifySchemaValidationError } from 'fastify'
import { Outage } from '../base/errors.ts'
import type { Problem } from './contract.ts'
import { instantMark } from '../read-models/schema-parts.ts'
import { ApiProblem, problem } from './problem.ts'

const retryAfterSeconds = '5'

export function errorAnswer(error: unknown, requestId: string): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (error instanceof Outage) return outageAnswer(error, requestId)
  if (!(error instanceof Error)) return internal(requestId)
  const { validation, validationContext, code, statusCode } = error as Partial<FastifyError>
  if (validation !== undefined) return validationAnswer(validation, validationContext ?? 'body')
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return problem('too-large', 'The body is larger than this server takes (64 KiB). Send less at once.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return problem('unsupported-media-type', 'Send the body as JSON, with the header "content-type: application/json".')
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? problem(
        'invalid-request',
        'The request could not be read: its body is not the JSON it says it is, or its address is malformed.',
      )
    : internal(requestId)
}

const internal = (requestId: string): ApiProblem =>
  problem(
    'internal',
    `The server's log tells what happened, under request id ${requestId}. Give it to whoever runs this server.`,
  )

function outageAnswer(outage: Outage, requestId: string): ApiProblem {
  // Every list checks its cursors' signatures, so a store refuses one only after its own form of
  // cursor has changed with a new version.
  if (outage.code === 'BAD_CURSOR') return badCursor()
  if (!outage.retryable) return internal(requestId)
  return problem(
    'unavailable',
    'A part this request needs does not answer right now. Send the same request again in a moment.',
    {
      headers: { 'retry-after': retryAfterSeconds },
    },
  )
}

export const badCursor = (): ApiProblem =>
  problem(
    'invalid-cursor',
    '"after" is not the "next" of a page of this list with these filters. Start again without it.',
    {
      errors: [
        { field: 'after', message: 'Give the "next" of the page before, with the same filters, or leave it out.' },
      ],
    },
  )

function validationAnswer(faults: readonly FastifySchemaValidationError[], context: string): ApiProblem {
  const errors = faults.map((fault) => faultOf(fault, context))
  const fields = [...new Set(errors.map(({ field }) => `"${field}"`))].join(', ')
  return problem('invalid-request', `Mend ${fields} and send the request again. ${errors[0]?.message ?? ''}`.trim(), {
    errors,
  })
}

type Fault = NonNullable<Problem['errors']>[number]

/** With ajv's `verbose`, a fault also carries the schema that refused; its description is the
 *  remedy. */
type VerboseFault = FastifySchemaValidationError & {
  readonly parentSchema?: {
    readonly description?: string
    readonly properties?: Readonly<Record<string, unknown>>
    readonly [instantMark]?: true
  }
}

const noInstant =
  'Give an instant as epoch milliseconds, from 0 on, or as RFC 3339 with its offset, such as 2026-03-01T08:00:00Z.'

function faultOf(fault: VerboseFault, context: string): Fault {
  const path = fault.instancePath.slice(1).replaceAll('/', '.')
  const about = fault.parentSchema?.description
  const told = (message: string): string => (about === undefined ? message : `${message} ${about}`)
  const { params } = fault
  if (fault.parentSchema?.[instantMark] === true) return { field: path, message: told(noInstant) }
  const within = (name: unknown): string => [path, String(name)].filter((part) => part !== '').join('.')
  switch (fault.keyword) {
    case 'required':
      return { field: within(params['missingProperty']), message: 'It is missing.' }
    case 'additionalProperties':
      return {
        field: within(params['additionalProperty']),
        message: `It is not known here; there is ${Object.keys(fault.parentSchema?.properties ?? {}).join(', ') || 'nothing to give'}.`,
      }
    case 'enum':
      return {
        field: path,
        message: told(`Give one of: ${(params['allowedValues'] as readonly unknown[]).join(', ')}.`),
      }
    case 'pattern':
      return { field: path, message: told('It is not of the right form.') }
    default:
      return {
        field: path === '' ? context : path,
        message: told(`It ${fault.message ?? 'is not of the right form'}.`),
      }
  }
}
