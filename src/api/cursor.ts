// The cursors the API gives out: a store's own cursor, signed together with the list and filters it
// belongs to. So a store sees only cursors it made for that very list, and nobody pages into
// another tenant's rows by changing one.
import { badCursor } from './error-answer.ts'
import { createMac, isSameMac } from './signed-text.ts'

const macBytes = 12

export type Cursors = {
  /** `scope` names the list, its tenant and its filters. */
  seal(scope: readonly unknown[], cursor: string): string
  /** Throws the problem `invalid-cursor` when this is not a cursor sealed for `scope`. */
  open(scope: readonly unknown[], sealed: string): string
}

export function createCursors(secret: Uint8Array): Cursors {
  const whole = createMac(secret, 'cursor')
  const mac = (scope: readonly unknown[], cursor: string): Buffer =>
    whole(JSON.stringify([scope, cursor])).subarray(0, macBytes)
  return {
    seal: (scope, cursor) => Buffer.concat([mac(scope, cursor), Buffer.from(cursor)]).toString('base64url'),
    open(scope, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      const cursor = bytes.subarray(macBytes).toString()
      if (bytes.length <= macBytes || !isSameMac(bytes.subarray(0, macBytes), mac(scope, cursor))) throw badCursor()
      return cursor
    },
  }
}
