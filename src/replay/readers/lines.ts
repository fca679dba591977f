// Bytes as lines of text. Invariant: a line that never ends is an error, not memory.
import { StringDecoder } from 'node:string_decoder'
import { RecordingError } from '../recorded-sample.ts'

/** Far above any line of a recording; what is longer has no line ends. */
const lineCharsMax = 1_000_000

/** Lines without their ends (LF, CRLF or CR LF mixed); the last one too when nothing ends it. Bytes
 *  that are no UTF-8 become U+FFFD. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let line = 1
  for await (const chunk of bytes) {
    const parts = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      yield part.endsWith('\r') ? part.slice(0, -1) : part
      line++
    }
    if (rest.length > lineCharsMax)
      throw new RecordingError(
        'format',
        `line ${line} has more than ${lineCharsMax} characters. Is it a text file of lines?`,
      )
  }
  rest += decoder.end()
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest
}
