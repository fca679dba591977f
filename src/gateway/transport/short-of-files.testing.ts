// For listener.test.ts: a gateway that prints its port, after what it warns of.
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../base/clock.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openGatewayStore } from '../gateway-store.ts'
import { openGateway } from '../gateway.ts'
import { openAdmission } from '../admission/open-admission.ts'

const warn = (_fields: unknown, text: string): void => void process.stdout.write(`${text}\n`)
const gateway = await openGateway({
  listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
  store: openGatewayStore(openMemoryLog({ partitions: 1 })),
  admission: openAdmission,
  clock: systemClock,
  steady: steadyClock,
  logger: Object.assign(Object.create(silentLogger), { warn }) as Logger,
  registry: new Registry(),
})
process.stdout.write(`${gateway.port}\n`)
process.stdin.on('close', () => process.exit()).resume()
