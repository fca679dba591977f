// A bridge in a process of its own, for the test that kills it: on an LMDB log. Arguments: the
// broker's port, the directory of the log, the share group. Prints a line when it is subscribed,
// and runs until it is killed.
import { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { openBridge } from './bridge.ts'
import { uplinkTopics } from '../eventlog/topics.ts'

const [port, dir, group] = process.argv.slice(2)
const { log } = openLmdbLog({ dir: dir!, partitions: 2, topics: uplinkTopics })
const bridge = openBridge({
  server: { host: '127.0.0.1', port: Number(port), tls: undefined, user: undefined, password: undefined },
  clientId: 'bridge',
  group: group!,
  tenants: ['acme'],
  connections: 1,
  log,
  bridgeLimits: { reconnectMinMs: 5, reconnectMaxMs: 50 },
  steady: steadyClock,
  logger: silentLogger,
  registry: new Registry(),
})
const look = setInterval(() => {
  if (bridge.state().subscribed === 0) return
  clearInterval(look)
  process.stdout.write('subscribed\n')
}, 2)
// Nobody is left to kill it once the test has gone.
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL')).resume()
