// A message body as the JSON of the wire. It refuses, as a mistake of the caller, what the gateway
// would refuse for its shape.
import { burstLimits, isEvery, type Burst } from '../model/burst.ts'
import { messageLimits } from '../model/message-check.ts'
import { sampleClocks, type Sample } from '../model/message.ts'

export type MessageBody =
  | { readonly samples: readonly Sample[] }
  | { readonly burst: Burst }
  | { readonly event: string; readonly at: number; readonly data?: Record<string, unknown> }

const eventPattern = /^[a-z][a-z0-9-]{0,63}$/

/** The JSON of a message and its length in UTF-8. Throws a TypeError that names the field. NaN and
 *  infinities become null: a value that is not there. */
export function encodeBody(
  boot: string,
  seq: number,
  body: MessageBody,
): { readonly payload: string; readonly bytes: number } {
  const start = `{"boot":"${boot}","seq":${seq},`
  const rest =
    'event' in body ? encodeEvent(body) : 'burst' in body ? encodeBurst(body.burst) : encodeSamples(body.samples)
  const payload = start + rest
  const bytes = Buffer.byteLength(payload)
  if (bytes > messageLimits.bytes)
    throw new TypeError(`body: a message has at most ${messageLimits.bytes} bytes; this one has ${bytes}`)
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
  for (const { at, clock } of samples) {
    if (!Number.isSafeInteger(at))
      throw new TypeError(`body.samples: "at" ${at} is not a whole number of epoch milliseconds`)
    if (clock !== undefined) checkClock('body.samples', clock)
  }
  return `"samples":${JSON.stringify(samples)}}`
}

/** Callers in JavaScript may hand over any text. */
function checkClock(field: string, clock: string): void {
  if (!sampleClocks.some((each) => each === clock))
    throw new TypeError(
      `${field}: "clock" ${JSON.stringify(clock)} is none of ${sampleClocks.join(', ')}; leave it out for what was measured then`,
    )
}

function encodeBurst({ at, every, signals, clock }: Burst): string {
  if (!Number.isSafeInteger(at)) throw new TypeError(`body.burst.at: ${at} is not a whole number of epoch milliseconds`)
  if (!isEvery(every))
    throw new TypeError(
      `body.burst.every: ${every} is not from ${burstLimits.everyMinMs} to ${burstLimits.everyMaxMs} milliseconds`,
    )
  if (clock !== undefined) checkClock('body.burst', clock)
  const lengths = new Set(Object.values(signals).map((column) => column.length))
  const [length = 0] = lengths
  if (lengths.size !== 1 || length < 1 || length > burstLimits.samples)
    throw new TypeError(
      `body.burst.signals: columns of one length from 1 to ${burstLimits.samples}, not of ${[...lengths].join(', ')}`,
    )
  return `"burst":${JSON.stringify({ at, every, signals, clock })}}`
}
