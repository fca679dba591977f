// The bytes of a recording, unpacked where they are gzip, which shows in its first bytes.
// Invariant: every way in which a file cannot be read is a `RecordingError` that names it and the
// remedy.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { RecordingError } from './recorded-sample.ts'

/** Read as they are asked for. Rejects with a `RecordingError` for a file that is not there, may
 *  not be read, is torn, or is no text of bytes. */
export async function* fileBytes(file: string): AsyncGenerator<Uint8Array> {
  let raw: Readable | undefined
  try {
    const isPacked = await isGzip(file)
    raw = createReadStream(file)
    const unpacked = isPacked ? raw.pipe(createGunzip()) : raw
    // Errors do not pass through pipe().
    if (isPacked) raw.on('error', (error) => unpacked.destroy(error))
    let isFirst = true
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      if (isFirst && chunk.subarray(0, 100).includes(0))
        throw new RecordingError(
          'format',
          `${basename(file)} is UTF-16 or no text at all: it begins with zero bytes. Save it as UTF-8.`,
        )
      isFirst = false
      yield chunk
    }
  } catch (error) {
    throw readable(error, file)
  } finally {
    raw?.destroy()
  }
}

async function isGzip(file: string): Promise<boolean> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b
}

function readable(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof RecordingError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code.startsWith('Z_'))
    return new RecordingError('format', `${basename(file)} is a broken or truncated gzip file (${code}).`, error)
  if (code === 'ENOENT') return new RecordingError('file', `There is no file ${file}.`, error)
  if (code === 'EISDIR') return new RecordingError('file', `${file} is a folder; name one recording in it.`, error)
  if (code === 'EACCES') return new RecordingError('file', `${file} may not be read by this user.`, error)
  return error
}
