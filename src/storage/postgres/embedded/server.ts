// The embedded server: PostgreSQL on a folder of its own, reached by a socket in it and with a
// password that this process alone has. A server that dies is started again, after pauses that
// double while it does not live long.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderFault } from '../../../base/folder-fault.ts'
import type { Logger } from '../../../base/logger.ts'
import { pause, waitOut, type Pauses } from '../../../base/wait-out.ts'
import type { PgServer } from '../pg-sql.ts'
import { findBinaries } from './binaries.ts'
import { database, owner, prepareCluster } from './cluster.ts'
import { endLeftOver } from './left-over.ts'
import { demandPassword, keepPassword } from './password.ts'
import { startPostmaster, type Postmaster } from './postmaster.ts'
import { embeddedPort } from './settings.ts'
import { openRunner, type Runner } from './user.ts'

export type EmbeddedServer = AsyncDisposable & {
  readonly address: PgServer
  /** The number of the process that serves at present, or served last. */
  pid(): number
}

export type ServerOptions = {
  /** Created when missing; on a local disk; locked by the caller. */
  readonly dir: string
  readonly logger: Logger
  /** How the programs are run; found out by default. */
  readonly runner?: Runner
  readonly pauses?: Pauses
}

/** A server that lived so long begins again with the first pause. */
const steadyMs = 60_000
/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, with a closing zero. */
const socketPathBytesMax = 100

/** Resolves when it accepts connections; disposal stops it. Rejects as `prepareCluster` does, and
 *  with STORE_UNAVAILABLE when the folder cannot be used, or PostgreSQL cannot be run or does not
 *  start. */
export async function openServer({
  dir,
  logger,
  runner = openRunner({ binaries: findBinaries(), logger }),
  pauses = { firstMs: 100, longestMs: 10_000 },
}: ServerOptions): Promise<EmbeddedServer> {
  const { path, password } = await prepareFiles(dir, runner, logger).catch((error: unknown) => {
    throw folderFault(dir, 'STORE_UNAVAILABLE', error)
  })
  const stop = new AbortController()
  const start = async (): Promise<Postmaster> => {
    await endLeftOver(path, logger, stop.signal)
    await demandPassword(path, password, runner)
    return await startPostmaster(path, runner, logger, stop.signal)
  }
  let current = await start()
  const supervise = async (): Promise<void> => {
    for (let pauseMs = pauses.firstMs; ;) {
      const startedAt = performance.now()
      const why = await current.ended
      if (stop.signal.aborted) return
      logger.error({ err: why }, 'the database ended; it is started again')
      let isTold = false
      if (performance.now() - startedAt > steadyMs) pauseMs = pauses.firstMs
      await pause(pauseMs, stop.signal)
      pauseMs = Math.min(pauseMs * 2, pauses.longestMs)
      const next = await waitOut(start, pauses, stop.signal, (outage) => {
        // Once for an outage, however long it is.
        logger[isTold ? 'debug' : 'error']({ err: outage }, 'the database does not start again; it is tried on')
        isTold = true
      })
      if (next === undefined) return
      current = next
      if (stop.signal.aborted) return
      logger.warn('the database runs again')
    }
  }
  const supervision = supervise()
  const socket = socketFolder(path)
  return {
    address: { host: socket.path, port: embeddedPort, database, user: owner, password, folder: dir },
    pid: () => current.pid,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await current.stop()
      await supervision
      // A server may have been started just then.
      await current.stop()
      socket[Symbol.dispose]()
    },
  }
}

const prepareFiles = async (dir: string, runner: Runner, logger: Logger) => ({
  path: await prepareCluster(dir, runner, logger),
  password: keepPassword(dir),
})

/** The folder itself, or a short name for it in the folder of temporary files, where the path of
 *  its socket is too long. */
export function socketFolder(path: string): Disposable & { readonly path: string } {
  if (Buffer.byteLength(join(path, `.s.PGSQL.${embeddedPort}`)) <= socketPathBytesMax)
    return { path, [Symbol.dispose]: () => {} }
  const short = mkdtempSync(join(tmpdir(), 'roadstream-pg-'))
  const link = join(short, 's')
  symlinkSync(path, link)
  return { path: link, [Symbol.dispose]: () => rmSync(short, { recursive: true, force: true }) }
}
