// For tests: a gateway on a log in memory, the replay command against it, and what the jobs derive of the log.
import { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { driveJobs } from '../engine/job-driver.ts'
import { latenessMs } from '../engine/lateness.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { vehicleAdmission } from '../gateway/admission/vehicle-admission.ts'
import { openGateway } from '../gateway/gateway.ts'
import { jobs } from '../jobs/jobs.ts'
import { vssCatalogue } from '../model/catalogue.ts'
import { replayCommand } from './command.ts'

export const fleetKey = Buffer.alloc(32, 3)

type Said = { readonly out: string; readonly err: string; readonly code: number }

export async function openServer() {
  // When a car was heard is no part of what an import changes: all is heard at one instant.
  const clock = { now: () => Date.UTC(2026, 5, 1) }
  const { log, state } = openMemoryLog({ partitions: 4, clock })
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    log,
    state,
    admission: vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) }),
    clock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  const url = `mqtt://127.0.0.1:${gateway.port}`
  const messages = async (): Promise<string[]> =>
    (await readWhole(log, 'telemetry')).map(({ key, value }) => `${key} ${Buffer.from(value).toString()}`)
  const say = async (words: readonly string[]): Promise<Said> => {
    let [out, err] = ['', '']
    const code = await replayCommand(words, {
      url,
      tenant: 'acme',
      catalogue: vssCatalogue,
      latenessMs,
      fleetKey: () => fleetKey,
      signal: new AbortController().signal,
      print: (text) => (out += text),
      complain: (text) => (err += text),
    })
    return { out, err, code }
  }
  /** By topic and id, once all time has passed. */
  const derived = async (): Promise<Map<string, object>> => {
    const driver = driveJobs(jobs)
    const records = await readWhole(log, 'telemetry')
    for (const vehicle of new Set(records.map(({ key }) => key))) driver.feed(records.filter(({ key }) => key === vehicle))
    driver.pass(Number.MAX_SAFE_INTEGER)
    return driver.results()
  }
  return { url, log, messages, derived, say, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() }
}
