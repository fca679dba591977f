// One role alone in this process, on the same data folder as the others, until a signal ends it.
import { openLogger } from '../base/logger.ts'
import { loadRole } from '../compose/open-role.ts'
import type { Config } from '../config/config.ts'
import { addressUrl } from '../config/transport.ts'
import { openControlSocket } from './control-socket.ts'
import { openMetricsServer } from './metrics-server.ts'
import { complain, stoppedOrEnded, stopSignal, within } from './process-life.ts'
import type { GatewayReport, JobsReport } from './questions.ts'
import { listeningFault } from './wanted-addresses.ts'

/** The command of a role: opens it with /metrics beside it, and drains it on SIGTERM or SIGINT. */
export const runRole =
  (name: 'gateway' | 'jobs') =>
  async (args: readonly string[], config: Config): Promise<number> => {
    if (args.length > 0)
      return complain(`\`${name}\` takes no arguments; it is set up by settings (\`roadstream help settings\`).`, 2)
    const fault = await listeningFault(config, name, `npm run roadstream -- ${name}`)
    if (fault !== undefined) return complain(fault, 1)
    const stop = stopSignal()
    await using stack = new AsyncDisposableStack()
    const logger = openLogger(config.logLevel).child({ role: name })
    const openRole = await loadRole[name]()
    const role = await openRole(config, logger)
    stack.defer(() => within(config.drainTimeoutMs, role[Symbol.asyncDispose](), name))
    stack.use(await openControlSocket({ dataDir: config.dataDir, role: name }, role.answers, logger))
    const metrics = stack.use(await openMetricsServer(config.metrics, role.registry, role.answers.report))
    process.stdout.write(
      `roadstream ${name}: running on ${config.dataDir}${carsAt(await role.answers.report())}; metrics on http://${config.metrics.host}:${metrics.port}/metrics\n`,
    )
    await stoppedOrEnded(stop, [role.ended])
    process.stdout.write(`roadstream ${name}: finishing what was taken …\n`)
    return 0
  }

function carsAt(report: GatewayReport | JobsReport): string {
  if (!('addresses' in report)) return ''
  const places =
    report.bridge === null
      ? report.addresses.map((address) => addressUrl(address.kind, address))
      : [report.bridge.broker]
  return `; cars ${report.bridge === null ? 'on' : 'bridged from'} ${places.join(', ')}`
}
