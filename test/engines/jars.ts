// Jars of servers for the tests, where test/engines/install.sh has Maven bring them: once, beside
// what else this user keeps.
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')

/** The folder in which packages of others are kept that are no packages of npm. */
export const keptFolder = (name: string, version: string): string => join(cache, 'roadstream', `${name}-${version}`)

export const jarsOf = (name: 'kafka' | 'hivemq', version: string): string => keptFolder(name, version)

/** Why a server of these jars cannot run here; false when it can. `jar` is one of them; `tool` the
 *  program of Java that starts it. */
export const noServer = (name: string, jar: string, tool: 'java' | 'javac'): string | false =>
  !existsSync(jar)
    ? `${name} is not installed: \`npm run engines -- --install\` brings it`
    : spawnSync(tool, ['-version']).error !== undefined &&
      `no ${tool === 'javac' ? 'JDK' : 'Java'} is installed (17 or later)`
