// How parts of keyed state are stored: as text, or as bytes where text would be too large. Text
// becomes bytes in the host (host-text.ts), so that a job needs no encoder.

export type TextCodec<Part> = { readonly form: 'text'; encode(part: Part): string; decode(text: string): Part }
export type BytesCodec<Part> = {
  readonly form: 'bytes'
  encode(part: Part): Uint8Array
  decode(bytes: Uint8Array): Part
}
export type PartCodec<Part> = TextCodec<Part> | BytesCodec<Part>

/** A codec for each family of parts. */
export type PartCodecs<Parts> = { readonly [Family in keyof Parts]: PartCodec<Parts[Family]> }

/** For parts that are plain JSON data and small or rarely written. */
export const jsonCodec = <Part>(): TextCodec<Part> => ({
  form: 'text',
  encode: (part) => JSON.stringify(part),
  decode: (text) => JSON.parse(text) as Part,
})
