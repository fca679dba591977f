// Signals that say where a vehicle is.

const branch = 'Vehicle.CurrentLocation.'

/** Whether the signal of that path says where the vehicle is, or how far from there it may be. */
export const saysWhere = (path: string): boolean => path.startsWith(branch)
