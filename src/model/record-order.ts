// The order of a record's values among those of its stream. A car counts its messages, so what it
// says later has a greater number, whatever its clock; what others tell late of a car comes in any
// order, and only its instants say what was last.

/** The header of a record whose instants are its order. */
export const byInstant: Readonly<Record<string, string>> = { order: 'instant' }

export const isByInstant = (headers: Readonly<Record<string, string>> | undefined): boolean =>
  headers?.['order'] === byInstant['order']
