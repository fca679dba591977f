// For tests: a gateway on a log in memory, the replay command against it, and what the jobs derive
// of the log.
import { driveJobs } from '../engine/job-driver.ts'
import { latenessMs } from '../engine/lateness.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { jobs } from '../jobs/jobs.ts'
import { vssCatalogue } from '../model/catalogue.ts'
import { replayCommand } from './command.ts'
import { fleetKey, openFleetGateway } from './fleet-gateway.testing.ts'

type Said = { readonly out: string; readonly err: string; readonly code: number }

export async function openServer() {
  // When a car was heard is no part of what an import changes: all is heard at one instant.
  const clock = { now: () => Date.UTC(2026, 5, 1) }
  const { url, log, ...server } = await openFleetGateway({ clock, logClock: clock })
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
    for (const vehicle of new Set(records.map(({ key }) => key)))
      driver.feed(records.filter(({ key }) => key === vehicle))
    driver.pass(Number.MAX_SAFE_INTEGER)
    return driver.results()
  }
  return { ...server, url, log, messages, derived, say }
}
