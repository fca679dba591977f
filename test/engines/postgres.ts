// PostgreSQL on a free port of 127.0.0.1: a private cluster in a folder of its own, by the binaries
// that are installed (test/engines/install.sh brings them). It refuses to run as root: then it runs
// as `nobody`.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { processTree } from '../support/process-tree.ts'
import type { PgServer } from '../../src/storage/postgres/pg-sql.ts'
import { freePort } from '../../src/base/port.testing.ts'

const programs = [
  // Debian keeps the server where nobody's PATH looks; the newest stands last.
  ...globSync('/usr/lib/postgresql/*/bin/initdb').sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
  ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'initdb')),
].filter((path) => existsSync(path) && existsSync(join(dirname(path), 'postgres')))
const newest = programs.findLast((path) => path.startsWith('/usr/lib/postgresql/')) ?? programs[0]
const bin = newest === undefined ? undefined : dirname(newest)

const remedy = '`npm run engines -- --install` installs it'
/** Why it cannot run here; false when it can. */
export const noPostgres: string | false = bin === undefined && `PostgreSQL is not installed: ${remedy}`

/** Why PostGIS cannot be used here; false when it can. */
export const noPostgis: string | false =
  noPostgres || (!hasExtension('postgis') && `PostGIS is not installed: ${remedy}`)

function hasExtension(name: string): boolean {
  const { stdout } = spawnSync(join(bin ?? '', 'pg_config'), ['--sharedir'], { encoding: 'utf8' })
  return existsSync(join((stdout ?? '').trim(), 'extension', `${name}.control`))
}

/** `nobody` of Debian, as whom it runs where root starts it. */
export const unprivileged = 65_534
const isRoot = process.getuid?.() === 0
const user = isRoot ? { uid: unprivileged, gid: unprivileged } : {}
const hasSetpriv = existsSync('/usr/bin/setpriv')
/** A server must not outlive a test that is killed; setpriv changes the user as well, since a
 *  change of it forgets the signal. */
const guarded: readonly string[] = hasSetpriv
  ? [
      '/usr/bin/setpriv',
      ...(isRoot ? [`--reuid=${unprivileged}`, `--regid=${unprivileged}`, '--clear-groups'] : []),
      '--pdeathsig=INT',
    ]
  : []

const startTriesMax = 600
const owner = 'owner'
const password = 'p:a/s@s w%rd'

export type Postgres = AsyncDisposable & {
  readonly port: number
  /** As its owner, who may do everything; or as another user. */
  server(database: string, user?: string, password?: string): PgServer
  /** The text of ROADSTREAM_POSTGRES. */
  url(database: string): string
  /** Resolves once it accepts connections; rejects with what it said when it ends before. */
  start(): Promise<void>
  /** SIGKILL ends it as a crash does, SIGINT closes all connections, SIGTERM waits for them.
   *  Resolves when it is gone. */
  stop(signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM'): Promise<void>
  /** The number of its postmaster, whose children are all its other processes. */
  pid(): number
  /** SIGSTOP and SIGCONT: its postmaster accepts nothing meanwhile. */
  signal(signal: NodeJS.Signals): void
  /** A streaming replica with the same users, as it is now and becomes; one, or one after the
   *  other. */
  startStandby(): Promise<Postgres>
}

type Folder = {
  readonly path: string
  /** Gives the path of a file there that the server alone may read. */
  write(name: string, text: string): string
}

function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'roadstream-postgres-'))
  if (isRoot) chownSync(path, unprivileged, unprivileged)
  return {
    path,
    write(name, text) {
      const file = join(path, name)
      writeFileSync(file, text, { mode: 0o600 })
      if (isRoot) chownSync(file, unprivileged, unprivileged)
      return file
    },
  }
}

/** Runs a program of PostgreSQL to its end, as the user of the server. */
function runTool(folder: string, name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, stderr } = spawnSync(join(folder, name), args, { ...user, cwd: '/', encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${name} failed:\n${stderr}`)
}

/** Starts a cluster that is empty but for the database `postgres`. `settings` are as of
 *  postgresql.conf, such as `wal_level=logical`; with `tls` (PEM) it takes connections with TLS as
 *  well as those without. */
export async function startPostgres(
  settings: readonly string[] = [],
  tls?: { readonly cert: string; readonly key: string },
): Promise<Postgres> {
  if (bin === undefined) throw new Error(noPostgres || '')
  const folder = makeFolder()
  const { write } = folder
  const passwordFile = write('password', password)
  const certificate =
    tls === undefined
      ? []
      : ['ssl=on', `ssl_cert_file=${write('cert.pem', tls.cert)}`, `ssl_key_file=${write('key.pem', tls.key)}`]
  const made = `-D ${join(folder.path, 'data')} -U ${owner} -A scram-sha-256 -E UTF8 --locale=C --no-sync --pwfile`
  runTool(bin, 'initdb', [...made.split(' '), passwordFile])
  return await runCluster(bin, folder, [...certificate, ...settings])
}

/** Starts the cluster in the folder `data` of a folder, which goes with it. */
async function runCluster(bin: string, folder: Folder, settings: readonly string[]): Promise<Postgres> {
  const port = await freePort()
  // A killed process loses nothing of what the system holds for it; only a power cut would.
  const quick = ['fsync=off', 'full_page_writes=off']
  const own = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...quick]
  const data = join(folder.path, 'data')
  const args = ['-D', data, '-p', `${port}`, ...[...own, ...settings].flatMap((each) => ['-c', each])]
  let server: ChildProcess | undefined
  const it: Postgres = {
    port,
    server: (database, as = owner, by = password) => ({ host: '127.0.0.1', port, database, user: as, password: by }),
    url: (database) => `postgres://${owner}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    async start() {
      for (let tries = 1; ; tries++) {
        const running = await begin([...guarded, join(bin, 'postgres'), ...args])
        if ('child' in running) {
          server = running.child
          return
        }
        // Of a server that was killed the processes of its connections may live a moment longer.
        if (tries === startTriesMax || !running.said.includes('shared memory block')) throw new Error(running.said)
        await wait(50)
      }
    },
    async stop(signal) {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
      const gone = once(server, 'exit')
      const family = processTree(server.pid ?? 0)
      server.kill(signal)
      await gone
      // Connections outlive a server that was killed until they look for it, and answer meanwhile.
      while (family.some(({ pid }) => existsSync(`/proc/${pid}`))) await wait(10)
    },
    pid: () => server?.pid ?? 0,
    signal: (signal) => void server?.kill(signal),
    async startStandby() {
      const copy = makeFolder()
      const to = join(copy.path, 'data')
      const from = `-h 127.0.0.1 -p ${port} -U ${owner} -w -R -X stream -c fast --no-sync -D`
      runTool(bin, 'pg_basebackup', [...from.split(' '), to], { PGPASSWORD: password })
      return await runCluster(bin, copy, settings)
    },
    async [Symbol.asyncDispose]() {
      it.signal('SIGCONT')
      await it.stop('SIGINT')
      rmSync(folder.path, { recursive: true, force: true })
    },
  }
  await it.start()
  return it
}

/** A server that accepts connections, or what it said before it ended. */
async function begin([program = '', ...args]: readonly string[]): Promise<{ child: ChildProcess } | { said: string }> {
  const child = spawn(program, args, {
    ...(hasSetpriv ? {} : user),
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const ready = Promise.withResolvers<'ready'>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-8000)
    if (/ready to accept (read-only )?connections/.test(said)) ready.resolve('ready')
  })
  const closed = once(child, 'close')
  closed.catch(ready.reject)
  return (await Promise.race([ready.promise, closed])) === 'ready' ? { child } : { said }
}
