// A tracker for tests, as the maker's are: it keeps its records until an answer counts them all,
// sends one packet at a time, sends it again after any other answer, and comes again when it loses
// its connection.
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { encodeFrame, testRecord, type TestCodec, type TestRecord } from '../mapping/binary/encoders.testing.ts'

export const imei = '861230000000007'

export const login = (digits: string): Buffer => Buffer.concat([Buffer.of(0, 15), Buffer.from(digits, 'latin1')])

/** A record that is told by its number: milliseconds of its instant. */
export const recordOf = (number: number): TestRecord => ({
  ...testRecord,
  timestamp: BigInt(1_772_000_000_000 + number),
  priority: 0,
  io: [[16, Buffer.of(0, 2, 0xdd, 0xe5)]],
})

export const frameOf = (numbers: readonly number[], codec: TestCodec = '8'): Buffer =>
  encodeFrame(codec, numbers.map(recordOf))

/** Answers a connection was sent, to be waited for. */
export class RawTracker {
  readonly socket: Socket
  isClosed = false
  #heard: Buffer = Buffer.alloc(0)

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' })
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk: Buffer) => (this.#heard = Buffer.concat([this.#heard, chunk])))
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => (this.isClosed = true))
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  /** The next bytes of an answer; undefined when the connection ends before. */
  async heard(bytes: number): Promise<Buffer | undefined> {
    while (this.#heard.length < bytes) {
      if (this.isClosed) return undefined
      await this.#next('data')
    }
    const answer = this.#heard.subarray(0, bytes)
    this.#heard = this.#heard.subarray(bytes)
    return answer
  }

  async logIn(digits = imei): Promise<number | undefined> {
    this.send(login(digits))
    return (await this.heard(1))?.[0]
  }

  async answer(): Promise<number | undefined> {
    return (await this.heard(4))?.readUInt32BE()
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await this.#next('close')
  }

  /** Or its end, however it comes. */
  async #next(event: 'data' | 'close'): Promise<void> {
    const over = new AbortController()
    await Promise.race([event, 'close', 'error'].map((each) => once(this.socket, each, over))).catch(() => undefined)
    over.abort()
  }
}
