// The program of standby-gateway.ts: a plain broker on an LMDB log. Arguments: the folder of the
// log, and the port.
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { openLogger } from '../../src/base/logger.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { openGatewayStore } from '../../src/gateway/gateway-store.ts'
import { openGateway } from '../../src/gateway/gateway.ts'
import { openAdmission } from '../../src/gateway/admission/open-admission.ts'
import { uplinkTopics } from '../../src/eventlog/topics.ts'

const [dir, port] = process.argv.slice(2)
// Nobody is left to test it once the program that started it has gone.
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'))
// Otherwise written at the end of a process, and this one is killed.
flushCompileCache()
await once(process.stdin, 'data')
const { log, state } = openLmdbLog({ dir: dir!, partitions: 2, topics: uplinkTopics })
await openGateway({
  listeners: [{ kind: 'tcp', host: '127.0.0.1', port: Number(port) }],
  store: openGatewayStore({ log, state }),
  admission: openAdmission,
  // No message is dropped by a policy, so that one that is missing is lost.
  limits: { queueMessages: 100_000, queueBytes: 1e9 },
  clock: systemClock,
  steady: steadyClock,
  logger: openLogger('warn'),
  registry: new Registry(),
})
process.stdout.write('open\n')
