// Helpers that tests of the translator share: a log in memory, senders that are known, runs to the
// end, and what was said.
import { Registry } from 'prom-client'
import { silentLogger } from '../base/logger.ts'
import type { NewRecord, StoredRecord, Topic } from '../eventlog/event-log.ts'
import { foreignRecord } from '../eventlog/foreign-record.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import type { SamplesMessage } from '../model/message.ts'
import { parts, plain } from './translations.testing.ts'
import { openTranslator, type TranslatorOptions } from './translator.ts'

export const beganAt = 1_764_000_000_000

export const senders: TranslatorOptions['senders'] = new Map([
  [
    'plain',
    new Map([
      ['WVW1', 'golf'],
      ['WVW2', 'van'],
    ]),
  ],
  ['parts', new Map([['ovms', 'leaf']])],
])

export const arrived = (address: string, text: string, receivedAt: number): NewRecord => {
  const [mapping = '', sender = ''] = address.split('/')
  return foreignRecord({ mapping, sender, address, payload: Buffer.from(text), retained: false, receivedAt }).record
}

export const speedOf = (sender: string, at: number, speed: number, { id = 'WVW1', receivedAt = at } = {}): NewRecord =>
  arrived(`plain/${sender}`, JSON.stringify({ id, at, speed }), receivedAt)

export const optionsFor = (
  uplink: Pick<LogAndState, 'log' | 'state'>,
  more: Partial<TranslatorOptions> = {},
): TranslatorOptions => ({
  translations: [plain, parts],
  senders,
  tenant: 'demo',
  uplink,
  logger: silentLogger,
  registry: new Registry(),
  signal: new AbortController().signal,
  random: () => '0123456789abcdef',
  ...more,
})

/** Translates all there is; gives the metrics. */
export async function translateToEnd(
  uplink: Pick<LogAndState, 'log' | 'state'>,
  more: Partial<TranslatorOptions> = {},
): Promise<string> {
  const options = optionsFor(uplink, { untilRead: true, ...more })
  const translator = await openTranslator(options)
  await translator.run()
  return options.registry.metrics()
}

export type SaidMessage = SamplesMessage & Pick<StoredRecord, 'topic' | 'key' | 'at' | 'receivedAt'>

export async function said(
  { log }: Pick<LogAndState, 'log'>,
  topics: readonly Topic[] = ['telemetry', 'snapshot'],
): Promise<SaidMessage[]> {
  const records = (await Promise.all(topics.map((topic) => readWhole(log, topic)))).flat()
  return records.map(({ topic, key, at, receivedAt, value }) => ({
    ...(JSON.parse(Buffer.from(value).toString()) as SamplesMessage),
    topic,
    key,
    at,
    receivedAt,
  }))
}
