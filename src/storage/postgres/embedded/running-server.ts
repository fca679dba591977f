// The embedded server of another process, for who looks at it or changes something in it beside a
// system that runs. It is reached by its socket, with the password in its folder.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PgServer } from '../pg-sql.ts'
import { database, owner } from './cluster.ts'
import { readPassword } from './password.ts'
import { socketFolder } from './server.ts'
import { embeddedPort } from './settings.ts'

export type RunningServer = Disposable & { readonly address: PgServer }

export const clusterOf = (dir: string): string => resolve(dir, 'cluster')

/** Of the folder that holds the cluster. Its password is absent where its file is gone or
 *  damaged. */
export function reachServer(dir: string): RunningServer {
  const path = clusterOf(dir)
  const password = readPassword(dir)
  const socket = socketFolder(path)
  const server = { host: socket.path, port: embeddedPort, database, user: owner, folder: path }
  return {
    address: password === undefined ? server : { ...server, password },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  }
}

/** Whether a server runs on the cluster and takes connections: the eighth line of its file is its
 *  state, and its process may have been killed since. */
export function isServing(path: string): boolean {
  try {
    const lines = readFileSync(join(path, 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(lines[0]), 0)
    return lines[7]?.trim() === 'ready'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
