// A message body as the JSON of the wire. It refuses, as a mistake of the caller, what the gateway would refuse for its shape.
import { messageLimits } from '../model/message-check.ts'
import type { Sample } from '../model/message.ts'

export type MessageBody =
  | { readonly samples: readonly Sample[] }
  | { readonly event: string; readonly at: number; readonly data?: Record<string, unknown> }

const eventPattern = /^[a-z][a-z0-9-]{0,63}$/

/** The JSON of a message and its length in UTF-8. Throws a TypeError that names the field. NaN and infinities become null:
 *  a value that is not there. */
export function encodeBody(boot: string, seq: number, body: MessageBody): { readonly payload: string; readonly bytes: number } {
  const start = `{"boot":"${boot}","seq":${seq},`
  const payload = 'event' in body ? `${start}${encodeEvent(body)}` : `${start}${encodeSamples(body.samples)}`
  const bytes = Buffer.byteLength(payload)
  if (bytes > messageLimits.bytes) throw new TypeError(`body: a message has at most ${messageLimits.bytes} bytes; this one has ${bytes}`)
  return { payload, bytes }
}

function encodeEvent({ event, at, data }: Extract<MessageBody, { event: string }>): string {
  if (!eventPattern.test(event))
    throw new TypeError(`body.event: ${JSON.stringify(event)} is not lower case with hyphens, at most 64 characters`)
  if (!Number.isSafeInteger(at)) throw new TypeError(`body.at: ${at} is not a whole number of epoch milliseconds`)
  return `"event":"${event}","at":${at}${data === undefined ? '' : `,"data":${JSON.stringify(data)}`}}`
}

function encodeSamples(samples: Extract<MessageBody, { samples: unknown }>['samples']): string {
  if (samples.length === 0 || samples.length > messageLimits.samples)
    throw new TypeError(`body.samples: a message has 1 to ${messageLimits.samples} samples, not ${samples.length}`)
  for (const { at } of samples)
    if (!Number.isSafeInteger(at)) throw new TypeError(`body.samples: "at" ${at} is not a whole number of epoch milliseconds`)
  return `"samples":${JSON.stringify(samples)}}`
}
