// Recordings for the tests of readers: files in `samples`, and bytes of a text cut in pieces.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { NumberedRow, Reader } from '../rows.ts'

export const samplesFolder = fileURLToPath(new URL('samples', import.meta.url))
export const readSample = (name: string): Buffer => readFileSync(`${samplesFolder}/${name}`)

/** `bytes` in pieces that end at the given shares of it. */
export async function* cutAt(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].toSorted((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    yield bytes.subarray(from, end)
    from = end
  }
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

export const rowsFrom = async (reader: Reader, text: string | Uint8Array): Promise<NumberedRow[]> =>
  await allOf(reader(cutAt(Buffer.from(text), [])))
