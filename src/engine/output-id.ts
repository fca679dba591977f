import { createHash } from 'node:crypto'

/** An id derived from what it stands for: 32 hexadecimal digits, the same for the same vehicle, kind and instant. */
export const outputId = (kind: string, vehicleKey: string, at: number): string =>
  createHash('sha256').update(`${kind} ${vehicleKey} ${at}`).digest('hex').slice(0, 32)
