// What a mapping reads: named texts, whatever file or message they came in.

/** Texts by the names of their fields. A field that a row does not have is not told by it; one that is there and empty is told to be unknown. */
export type Row = Readonly<Record<string, string>>
