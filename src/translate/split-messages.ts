// Samples as messages within the bounds of our form, as few as may be, in their order.
import { messageLimits } from '../model/message-check.ts'
import { encodeMessage } from '../model/message-codec.ts'
import type { MessageId, Sample } from '../model/message.ts'

export type Encoded = { readonly value: Uint8Array; readonly samples: readonly Sample[] }

/** `next` gives the id of the message that comes next, and is told each that fits. A value that not
 *  even alone fits into a message is left out and given to `tooLarge`. */
export function splitMessages(
  samples: readonly Sample[],
  next: { id(): MessageId; taken(): void },
  tooLarge: (sample: Sample) => void,
): Encoded[] {
  const messages: Encoded[] = []
  const add = (own: readonly Sample[]): void => {
    if (own.length === 0) return
    const value =
      own.length <= messageLimits.samples && own.every(isNarrow)
        ? encodeMessage({ ...next.id(), samples: own })
        : undefined
    if (value !== undefined && value.byteLength <= messageLimits.bytes) {
      messages.push({ value, samples: own })
      next.taken()
    } else if (own.length > 1) halvesOf(own).forEach(add)
    else halvesOfSignals(own[0]!, tooLarge).forEach((half) => add([half]))
  }
  add(samples)
  return messages
}

const isNarrow = ({ signals }: Sample): boolean => Object.keys(signals).length <= messageLimits.signalsPerSample

function halvesOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)]
}

function halvesOfSignals(sample: Sample, tooLarge: (sample: Sample) => void): Sample[] {
  const entries = Object.entries(sample.signals)
  if (entries.length > 1) return halvesOf(entries).map((half) => ({ ...sample, signals: Object.fromEntries(half) }))
  tooLarge(sample)
  return []
}
