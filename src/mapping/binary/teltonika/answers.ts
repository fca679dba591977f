// Answers to a Teltonika tracker ("Teltonika Data Sending Protocols" of the maker's wiki). It
// forgets the records that an answer counts: an answer leaves only once they are stored.

/** To an IMEI: whether its records are wanted. A tracker that is turned away closes the connection
 *  and tries again later. */
export const answerToLogin = (isKnown: boolean): Uint8Array => Uint8Array.of(isKnown ? 1 : 0)

/** To a frame: how many of its records are stored. Any other number than that of its records, as 0
 *  is to a frame that cannot be read, has them sent again. */
export function answerToRecords(stored: number): Uint8Array {
  const answer = new Uint8Array(4)
  new DataView(answer.buffer).setUint32(0, stored)
  return answer
}
