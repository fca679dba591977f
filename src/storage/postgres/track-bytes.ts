// The columns of steps of a track's minute as bytes. Numbers are variable in length, seven bits a
// byte, the lowest first:
//
//   minute = column of instants | of latitudes | of longitudes | of speeds
//   column = count | codes of as many steps
//   code   = 0: null | 1, n: n steps of 0 | 2s for s > 0 | -2s + 1 for s < 0
//
// A minute of a message a second takes some 260 bytes.
import type { TrackSteps } from '../../model/track-steps.ts'

const numberBytesMax = 8
const [absent, zeros] = [0, 1]

/** Steps are whole numbers within 2^48 of 0. */
export function encodeSteps({ atSteps, latSteps, lonSteps, speedSteps }: TrackSteps): Buffer {
  const columns = [atSteps, latSteps, lonSteps, speedSteps]
  // A code of its own has at most one number, and so has the count; a run is at least one step.
  const bytes = Buffer.allocUnsafe(numberBytesMax * columns.reduce((sum, { length }) => sum + 1 + 2 * length, 0))
  let end = 0
  const put = (number: number): void => {
    let rest = number
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[end++] = (rest % 0x80) | 0x80
    bytes[end++] = rest
  }
  for (const steps of columns) {
    put(steps.length)
    for (let index = 0; index < steps.length;) {
      const from = index
      while (steps[index] === 0) index += 1
      if (index > from) {
        put(zeros)
        put(index - from)
        continue
      }
      const step = steps[index++] ?? null
      put(step === null ? absent : step > 0 ? 2 * step : 1 - 2 * step)
    }
  }
  return bytes.subarray(0, end)
}

/** Throws a RangeError for bytes that `encodeSteps` does not make. */
export function decodeSteps(bytes: Uint8Array): TrackSteps {
  let next = 0
  const take = (): number => {
    let number = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[next++]
      if (byte === undefined) throw new RangeError('The points of a track end before their count.')
      number += (byte & 0x7f) * factor
      if (byte < 0x80) return number
    }
  }
  const column = (): (number | null)[] => {
    const count = take()
    const steps: (number | null)[] = []
    while (steps.length < count) {
      const code = take()
      if (code === absent) steps.push(null)
      else if (code !== zeros) steps.push(code % 2 === 0 ? code / 2 : (1 - code) / 2)
      else for (let left = Math.min(take(), count - steps.length); left > 0; left -= 1) steps.push(0)
    }
    return steps
  }
  return {
    atSteps: column().map((step) => step ?? 0),
    latSteps: column(),
    lonSteps: column(),
    speedSteps: column(),
  }
}
