// One process at a time in a folder, without leftovers: the lock is a socket in the folder that its
// owner listens on, which the kernel closes when the owner ends, however it ends. Everyone makes a
// socket of their own name first and looks around afterwards, so of two who come together at least
// one sees the other; and only sockets nobody listens on are removed.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { Outage } from './errors.ts'
import { folderFault } from './folder-fault.ts'

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, with a closing zero. */
const pathBytesMax = 103
const pattern = /^lock-[0-9a-f]{8}\.sock$/

/** Rejects with Outage STORE_IN_USE (not retryable) while another process, or another part of this
 *  one, holds the folder, and with STORE_UNAVAILABLE (not retryable) where this process may not
 *  make, read or write it. The folder must be on a local file system. */
export const lockFolder = (dir: string): Promise<AsyncDisposable> =>
  lock(dir).catch((error: unknown) => {
    throw folderFault(dir, 'STORE_UNAVAILABLE', error)
  })

async function lock(dir: string): Promise<AsyncDisposable> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return lockPipe(dir)
  const sockets = folderOfSockets(dir)
  const own = `lock-${randomBytes(4).toString('hex')}.sock`
  const server = await listen(join(sockets, own))
  const release = async (): Promise<void> => {
    await close(server)
    rmSync(join(sockets, own), { force: true })
  }
  for (const name of readdirSync(sockets)) {
    if (!pattern.test(name) || name === own) continue
    if (await isListening(join(sockets, name))) {
      await release()
      throw inUse(dir)
    }
    rmSync(join(sockets, name), { force: true })
  }
  return { [Symbol.asyncDispose]: release }
}

/** Whether somebody holds the folder now; takes no lock and makes nothing. False for a folder that
 *  is not there, and on Windows, which has no such sockets. */
export async function isFolderHeld(dir: string): Promise<boolean> {
  if (process.platform === 'win32' || !existsSync(dir)) return false
  const sockets = socketsOf(resolve(dir))
  if (!existsSync(sockets)) return false
  for (const name of readdirSync(sockets))
    if (pattern.test(name) && (await isListening(join(sockets, name)))) return true
  return false
}

const inUse = (dir: string): Outage =>
  new Outage(
    'STORE_IN_USE',
    `${dir} is in use by another running Roadstream: stop that one first, or give this one another data folder (ROADSTREAM_DATA).`,
    { retryable: false },
  )

/** The folder itself, or one named for it where its path is too long for a socket. */
const socketsOf = (path: string): string =>
  Buffer.byteLength(join(path, 'lock-00000000.sock')) <= pathBytesMax
    ? path
    : join(tmpdir(), `roadstream-${hashOf(path)}`)

function folderOfSockets(dir: string): string {
  const sockets = socketsOf(resolve(dir))
  mkdirSync(sockets, { recursive: true, mode: 0o700 })
  return sockets
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** A named pipe of Windows is gone with its process, and nobody can take a name that is in use. */
async function lockPipe(dir: string): Promise<AsyncDisposable> {
  const server = await listen(`\\\\.\\pipe\\roadstream-${hashOf(resolve(dir).toLowerCase())}`).catch(() => {
    throw inUse(dir)
  })
  return { [Symbol.asyncDispose]: () => close(server) }
}

function listen(path: string): Promise<Server> {
  const { promise, resolve: listening, reject } = Promise.withResolvers<Server>()
  const server = createServer((socket) => socket.destroy())
  server.unref()
  server.once('error', reject)
  server.listen(path, () => listening(server))
  return promise
}

const close = (server: Server): Promise<void> => new Promise((closed) => server.close(() => closed()))

function isListening(path: string): Promise<boolean> {
  const { promise, resolve: answer } = Promise.withResolvers<boolean>()
  const socket = connect(path)
  socket.once('connect', () => answer(true))
  // Refused: nobody listens. Gone: its owner removed it just now. Anything else is not worth the
  // risk.
  socket.once('error', (error: NodeJS.ErrnoException) =>
    answer(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  )
  return promise.finally(() => socket.destroy())
}
