// How often a reason code of MQTT was sent to clients or received from them. The codes are those on
// the wire: of a 3.1.1 CONNACK its return code, and 0x00 for each packet that has none (any other
// answer of 3.1.1 but SUBACK, and an MQTT 5 packet that leaves a success out).

export const codedPackets = [
  'connack',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'suback',
  'unsuback',
  'disconnect',
] as const
export type CodedPacket = (typeof codedPackets)[number]

export const codeDirections = ['sent', 'received'] as const
export type CodeDirection = (typeof codeDirections)[number]

export type ReasonCodeCount = {
  readonly packet: CodedPacket
  readonly direction: CodeDirection
  /** One byte. A SUBACK and an MQTT 5 UNSUBACK have one for each filter. */
  readonly code: number
  readonly count: number
}

/** Two digits, as the standard writes them: `0x87`. */
export const formatReasonCode = (code: number): string => `0x${code.toString(16).padStart(2, '0')}`

export function addUpReasonCodes(counts: readonly ReasonCodeCount[]): ReasonCodeCount[] {
  const sums = new Map<string, ReasonCodeCount>()
  for (const each of counts) {
    const key = `${each.packet} ${each.direction} ${each.code}`
    sums.set(key, { ...each, count: each.count + (sums.get(key)?.count ?? 0) })
  }
  return [...sums.values()]
}
