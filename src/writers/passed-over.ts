// A writer's news of records that no row comes of, or of rows that no record stands behind any
// more: each gap and each restart is counted, and logged once.
import type { Logger } from '../base/logger.ts'
import type { Gap } from '../eventlog/event-log.ts'
import type { LogBatch } from '../eventlog/log-reader.ts'
import type { WriterMetrics } from './writer-metrics.ts'

const texts: Readonly<Record<Gap['why'], string>> = {
  retention: 'the log dropped records before they were written: its retention is too short',
  damaged: 'records of the log are damaged and were passed over: no row is made of them',
}
const restartedText =
  'the rows came from another log, or from a later state of this one: it is read again from its oldest record, and rows of records that it does not have stay'

export function tellPassedOver(
  store: string,
  { gaps, restarted }: Pick<LogBatch, 'gaps' | 'restarted'>,
  metrics: Pick<WriterMetrics, 'lost' | 'damaged' | 'restarted'>,
  logger: Logger,
): void {
  for (const { topic, partition, from, to, why } of gaps) {
    const counter = why === 'retention' ? metrics.lost : metrics.damaged
    counter.inc({ store }, to - from)
    logger.error({ store, topic, partition, from, to }, texts[why])
  }
  for (const { topic, partition } of restarted) {
    metrics.restarted.inc({ store })
    logger.warn({ store, topic, partition }, restartedText)
  }
}
