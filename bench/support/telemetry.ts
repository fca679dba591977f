// Messages that the load generators publish.

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
