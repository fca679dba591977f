// The jobs role: the jobs, and the translator beside them.
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { steadyClock } from '../base/clock.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import { runJobsBy } from '../engine/settings-change.ts'
import { gatherMs } from '../eventlog/gathering.ts'
import { jobSettingsOf, runBy } from '../jobs/job-settings.ts'
import { jobs } from '../jobs/jobs.ts'
import type { JobsReport } from '../roles/questions.ts'
import type { Role } from '../roles/role.ts'
import { openLogs } from './adapters.ts'
import { startTranslator } from './publishers.ts'
import { openBackground, refusalOf, roleOf } from './role-parts.ts'

export async function openJobsRole(config: Config, logger: Logger): Promise<Role<'jobs'>> {
  await using stack = new AsyncDisposableStack()
  const registry = new Registry()
  // The state of a task has one owner at a time: two processes would each write over the other's
  // checkpoints.
  stack.use(await lockFolder(join(config.dataDir, 'derived')))
  const { log: uplink, state, refusal } = stack.use(await openLogs(config, 'uplink', logger))
  const derived = stack.use(await openLogs(config, 'derived', logger, { topics: jobs.flatMap(({ writes }) => writes) }))
  const background = stack.use(openBackground())
  let rebuilds: JobsReport['rebuilds'] = []
  const onProgress = (now: typeof rebuilds): void => {
    rebuilds = now
  }
  const { signal } = background
  const { share } = derived
  const pace = { gatherMs: config.kafka === undefined ? gatherMs.jobs : gatherMs.jobsOnKafka }
  const running = { uplink, derived, clock: uplink, steady: steadyClock, logger, registry, signal, onProgress }
  const options = { ...running, ...pace, ...(share && { share }) }
  background.run(runJobsBy(jobSettingsOf(config), runBy, options))
  const translator = await startTranslator(config, { uplink: { log: uplink, state }, logger, registry, signal })
  background.run(translator.ran)
  return roleOf<'jobs'>(stack.move(), registry, background.ended, {
    report: async () => ({
      rebuilds,
      publishers: translator.report(),
      refusal: refusalOf(refusal, derived.refusal, translator.refusal),
    }),
    metrics: () => registry.getMetricsAsJSON(),
  })
}
