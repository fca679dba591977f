// Bounds of an event log that hold for any adapter, by name.

/** Bytes that records and state of one log may take on the disk, where nothing else is set. */
export const logBytesMax = 64e9
