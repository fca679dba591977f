// How parts of keyed state become bytes.

export type PartCodec<Part> = { encode(part: Part): Uint8Array; decode(bytes: Uint8Array): Part }

/** A codec for each family of parts. */
export type PartCodecs<Parts> = { readonly [Family in keyof Parts]: PartCodec<Parts[Family]> }

/** For parts that are plain JSON data and small or rarely written. */
export const jsonCodec = <Part>(): PartCodec<Part> => ({
  encode: (part) => Buffer.from(JSON.stringify(part)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Part,
})
