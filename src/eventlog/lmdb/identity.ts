// Which log this is, and which of its lives. The id is given once. An epoch begins with the first
// append of each opener, in the transaction of that append: a copy put back later does not know the
// epochs of the log that went on without it.
import { randomBytes } from 'node:crypto'
import type { Environment } from './environment.ts'

const idKey = Buffer.from('id')
/** The newest epoch by itself, as every read asks for it. */
const epochKey = Buffer.from('epoch')
const epochsKey = Buffer.from('epochs')
/** Epochs remembered: a position is older than this many starts only when its reader was away for
 *  as long. */
const epochsMax = 4_096

/** The log's id, 16 hexadecimal digits; given now when it has none. */
export function identify(env: Pick<Environment, 'meta' | 'root'>): string {
  return env.root.transactionSync(() => {
    const stored = env.meta.getBinary(idKey)
    if (stored !== undefined) return Buffer.from(stored).toString()
    const id = randomBytes(8).toString('hex')
    env.meta.putSync(idKey, Buffer.from(id))
    return id
  })
}

/** The epochs, oldest first. */
export function readEpochs(env: Pick<Environment, 'meta'>): number[] {
  return env.meta.getJson<number[]>(epochsKey) ?? []
}

/** The newest epoch; 0 before the first append. */
export function readEpoch(env: Pick<Environment, 'meta'>): number {
  const stored = env.meta.getBinary(epochKey)
  return stored === undefined ? 0 : Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).readUIntBE(0, 6)
}

/** Begins an epoch. Only inside a transaction. */
export function beginEpoch(env: Pick<Environment, 'meta'>): void {
  const epoch = randomBytes(6)
  env.meta.putSync(epochKey, epoch)
  env.meta.putJson(epochsKey, [...readEpochs(env), epoch.readUIntBE(0, 6)].slice(-epochsMax))
}
