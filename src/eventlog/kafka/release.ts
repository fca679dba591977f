// Whether a broker knows the requests that are used here, by what it says of itself.
import { apiVersionsV3, fetchV13, type Connection } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'

export type Release = {
  /** For people. */
  readonly text: string
  readonly isTooOld: boolean
}

/** Of all that is asked of brokers, fetching by the id of a topic came last, with Kafka 3.1. */
const newest = fetchV13.api
export const neededRelease = `Kafka 3.1 or later, which fetches by version ${newest.version}`

export async function releaseOf(connection: Connection): Promise<Release> {
  const { apiKeys, finalizedFeatures = [] } = await apiVersionsV3.api.async(connection, 'roadstream', '1')
  const fetching = apiKeys.find(({ name }) => name === 'Fetch')
  const level = finalizedFeatures.find(({ name }) => name === 'metadata.version')?.maxVersionLevel
  return {
    text: `Fetch up to version ${fetching?.maxVersion ?? 'unknown'}${level === undefined ? '' : `, metadata.version ${level}`}`,
    isTooOld: (fetching?.maxVersion ?? 0) < newest.version,
  }
}

/** Throws Outage LOG_MISMATCH. */
export function refuseOld({ text, isTooOld }: Release): void {
  if (!isTooOld) return
  throw new Outage(
    'LOG_MISMATCH',
    `The Kafka at ${names.brokers} is too old (${text}): upgrade its brokers to ${neededRelease}.`,
    { retryable: false },
  )
}
