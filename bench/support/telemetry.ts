// Messages that the load generators publish, and what is in them.

/** A telemetry message of 250 bytes. */
export function telemetry(seq: number): Buffer {
  const signals = {
    'Vehicle.Speed': 63.2,
    'Vehicle.CurrentLocation.Latitude': -34.9011,
    'Vehicle.CurrentLocation.Longitude': -56.1645,
  }
  const message = { boot: '0123456789abcdef', seq, samples: [{ at: 1_700_000_000_000, signals }], pad: '' }
  message.pad = 'x'.repeat(250 - JSON.stringify(message).length)
  return Buffer.from(JSON.stringify(message))
}

/** Of a car of a fleet under way, in a slice of time, of which all cars take their turns. */
export const drivingSignals = (car: number, slice: number) => ({
  'Vehicle.Speed': 30 + (slice % 40),
  'Vehicle.CurrentLocation.Latitude': Number((-34.9 + (car % 100) * 1e-3 + slice * 1e-6).toFixed(6)),
  'Vehicle.CurrentLocation.Longitude': Number((-56.2 + car * 1e-5).toFixed(6)),
  'Vehicle.CurrentLocation.Heading': slice % 360,
  'Vehicle.Acceleration.Longitudinal': 0.4,
})
