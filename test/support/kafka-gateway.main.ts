// A gateway that admits everyone, as a broker of cars and of an office that commands them, with its
// sessions in Kafka. Arguments: its data folder, its port, that of a Kafka broker.
import { flushCompileCache } from 'node:module'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { openLogger } from '../../src/base/logger.ts'
import { openLogs } from '../../src/compose/adapters.ts'
import { readConfig } from '../../src/config/config.ts'
import { openAdmission } from '../../src/gateway/admission/open-admission.ts'
import { openSharedGatewayStore } from '../../src/gateway/claims/shared-store.ts'
import { openGateway } from '../../src/gateway/gateway.ts'
import { settingsOn } from '../engines/kafka.ts'

const [dataDir = '', port = '', brokerPort = ''] = process.argv.slice(2)
const config = readConfig({
  ROADSTREAM_DATA: dataDir,
  ROADSTREAM_LOG_PARTITIONS: '2',
  ...settingsOn([{ host: '127.0.0.1', port: Number(brokerPort) }]),
})
if (!config.ok) throw new Error(config.detail)
// Otherwise written at the end of a process, and this one is killed.
flushCompileCache()
const logger = openLogger('warn')
const { log, state } = await openLogs(config.value, 'uplink', logger)
const store = await openSharedGatewayStore({ log, local: state, logger })
await openGateway({
  listeners: [{ kind: 'tcp', host: '127.0.0.1', port: Number(port) }],
  store,
  admission: openAdmission,
  limits: { queueMessages: 100_000, queueBytes: 1e9 },
  clock: systemClock,
  steady: steadyClock,
  logger,
  registry: new Registry(),
})
void store.claims.follow(new AbortController().signal)
process.stdout.write('open\n')
