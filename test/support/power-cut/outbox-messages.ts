// The messages of the car that outbox.main.ts is, whose bytes follow from their numbers.
export const ref = { tenant: 'acme', vehicle: 'car-1' } as const
export const boot = '0011223344556677'
export const payloadOf = (seq: number): string =>
  JSON.stringify({ boot, seq, pad: `${seq} `.repeat(20 + ((seq * 37) % 900)) })
