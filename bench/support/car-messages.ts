// Messages of 64 cars by number, so that of all that were said it is known which are missing, come
// twice or out of order.

export const cars = 64
const beganAt = Date.now()

type CarMessage = { readonly car: string; readonly payload: Buffer }

const bootOf = (car: number): string => car.toString(16).padStart(16, '0')

/** The message with a number of all that are said, the cars by turns: some 250 bytes, in which
 *  little is as it was in the one before. */
export function carMessage(index: number): CarMessage {
  const car = index % cars
  const seq = Math.floor(index / cars)
  const wave = Math.sin(index / 97)
  const signals = {
    'Vehicle.Speed': Math.round((60 + 40 * wave) * 100) / 100,
    'Vehicle.CurrentLocation.Latitude': Math.round((-34.9 + index * 1.7e-6) * 1e6) / 1e6,
    'Vehicle.CurrentLocation.Longitude': Math.round((-56.1 - car * 0.013 + wave * 0.01) * 1e6) / 1e6,
    'Vehicle.TraveledDistance': 10_000 + seq + car,
  }
  const message = { boot: bootOf(car), seq, samples: [{ at: beganAt + seq * 10, signals }] }
  return { car: `car-${car}`, payload: Buffer.from(JSON.stringify(message)) }
}

/** By it is seen that a bridge is there. */
export const probeCar: CarMessage = {
  car: 'probe',
  payload: Buffer.from(`{"boot":"ffffffffffffffff","seq":0,"samples":[{"at":${beganAt},"signals":{}}]}`),
}

/** The car and the place of a message among its own; undefined for a probe, or for what is none. */
export function placeOf(payload: Uint8Array): { readonly car: number; readonly seq: number } | undefined {
  const { boot, seq } = JSON.parse(Buffer.from(payload).toString()) as { boot: string; seq: number }
  const car = Number.parseInt(boot, 16)
  return car < cars ? { car, seq } : undefined
}
