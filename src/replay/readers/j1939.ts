// Rules that J1939 has for all its messages, and no DBC does: who sends is no part of what is sent,
// and the top of a signal's range is no value.
import type { CanSignal, Dbc } from './dbc.ts'

/** `dbc` for a bus of J1939. A frame of 29 bits whose id the database does not have is that of the
 *  same parameter group, whatever its priority, sender and receiver (SAE J1939-21); codes for
 *  errors and "not available" are unknown (SAE J1939-71, table 1). */
export function asJ1939(dbc: Dbc): Dbc {
  const converted = new Map(
    dbc.messages.map((message) => {
      const signals = message.signals.map((signal) => ({ ...signal, unknownFrom: unknownFrom(signal) }))
      return [message, message.isExtended ? { ...message, signals } : message]
    }),
  )
  const messages = [...converted.values()]
  // Of several messages of a group the first in the file counts for senders that none of them
  // names.
  const groups = new Map(
    messages
      .filter(({ isExtended }) => isExtended)
      .map((message) => [groupOf(message.id), message] as const)
      .toReversed(),
  )
  return {
    messages,
    find(id, isExtended) {
      const exact = dbc.find(id, isExtended)
      if (exact !== undefined) return converted.get(exact)
      return isExtended ? groups.get(groupOf(id)) : undefined
    },
  }
}

/** The parameter group number: in the lower formats the second byte is who shall receive it. */
export function groupOf(id: number): number {
  const format = (id >> 16) & 0xff
  return format < 240 ? (id >> 8) & 0x3_ff_00 : (id >> 8) & 0x3_ff_ff
}

/** Signals of 2 bits: 10 is an error and 11 not available; of 3 to 7 the same two at the top; from
 *  8 on all whose first byte is FB to FF. */
function unknownFrom({ length, type }: CanSignal): number | undefined {
  if (type !== 'unsigned' || length < 2 || length > 32) return undefined
  return length < 8 ? 2 ** length - 2 : 0xfb * 2 ** (length - 8)
}
