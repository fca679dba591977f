// Requests that are written by us, sent by the client's connections.
import type { Connection, Reader, Writer } from '@platformatic/kafka'

export type OwnRequest<Answer> = {
  readonly api: { readonly key: number; readonly version: number }
  write(): Writer
  read(id: number, key: number, version: number, answer: Reader): Answer
}

/** Rejects with the client's error, which has the answer where that has faults. */
export const request = <Answer>(connection: Connection, { api, write, read }: OwnRequest<Answer>): Promise<Answer> =>
  new Promise((resolve, reject) =>
    connection.send<Answer>(api.key, api.version, write, read, true, true, (error, answer) => {
      if (answer === undefined) reject(error ?? new Error('There was no answer.'))
      else resolve(answer)
    }),
  )
