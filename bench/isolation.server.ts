// The gateway of the isolation bench, with its limits as they come. Argument: the folder of its
// log. Prints its port as one line of JSON; the line `stall MS` holds every commit back for so
// long, and `vitals` tells how it fares. Ends with whoever started it.
import { createInterface } from 'node:readline'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/logger.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openGatewayStore } from '../src/gateway/gateway-store.ts'
import { openGateway } from '../src/gateway/gateway.ts'
import { openAdmission } from '../src/gateway/admission/open-admission.ts'
import { heldLog } from '../src/gateway/gateway.testing.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'

const say = (report: Record<string, number>): void => void process.stdout.write(`${JSON.stringify(report)}\n`)

const log = heldLog(openLmdbLog({ dir: process.argv[2]!, partitions: 8, topics: uplinkTopics }))
const gateway = await openGateway({
  listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
  store: openGatewayStore({ log, state: log.state }),
  admission: openAdmission,
  clock: systemClock,
  steady: steadyClock,
  logger: silentLogger,
  registry: new Registry(),
})
say({ port: gateway.port })

/** On a machine with other work latencies swing; the most CPU between two rounds of the loop is
 *  what the gateway itself makes the others wait. */
let cpuAt = process.threadCpuUsage()
let busiestMs = 0
setInterval(() => {
  const { user, system } = process.threadCpuUsage(cpuAt)
  cpuAt = process.threadCpuUsage()
  busiestMs = Math.max(busiestMs, (user + system) / 1000)
}, 2)

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'vitals') {
      say({ connections: gateway.connectionCount(), silent: gateway.disconnects()['keep-alive'] ?? 0, busiestMs })
      busiestMs = 0
      return
    }
    log.hold()
    setTimeout(() => log.release(), Number(line.split(' ')[1]))
    say({})
  })
  // Nobody is left to measure it once the program that started it has gone.
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
