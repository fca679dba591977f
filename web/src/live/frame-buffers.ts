// The buffers that frames of cars travel in from the worker to the page and back. There are never
// more than two, so a busy page makes ticks join instead of queue; a buffer that has become too
// small is given up for a larger one, never lost.

export type FrameBuffers = {
  /** A buffer of whole floats with room for `floatCount` of them; undefined while all are with the
   *  page. */
  take(floatCount: number): ArrayBuffer | undefined
  giveBack(buffer: ArrayBuffer): void
}

const buffersMax = 2
const floatsMin = 1024

export function createFrameBuffers(): FrameBuffers {
  const free: ArrayBuffer[] = []
  let made = 0
  /** Half as much again, so that a growing fleet does not need a new one at every tick. */
  const make = (floatCount: number): ArrayBuffer =>
    new ArrayBuffer(Math.max(floatsMin, Math.ceil(floatCount * 1.5)) * Float32Array.BYTES_PER_ELEMENT)
  return {
    take(floatCount) {
      const kept = free.pop()
      if (kept !== undefined)
        return kept.byteLength >= floatCount * Float32Array.BYTES_PER_ELEMENT ? kept : make(floatCount)
      if (made >= buffersMax) return undefined
      made++
      return make(floatCount)
    },
    giveBack: (buffer) => void free.push(buffer),
  }
}
