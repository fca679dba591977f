// docs/limits.md says what the code keeps to: numbers of bounds, and each bound that jobs count by
// name.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { latenessMs } from '../src/engine/lateness.ts'
import { seqRangesMax } from '../src/engine/seq-set.ts'
import { defaultLimits } from '../src/gateway/gateway-limits.ts'
import { airbagsMax } from '../src/jobs/crash/crash-rules.ts'
import { countedBootsMax } from '../src/jobs/ledger/ledger-state.ts'
import { payloadsOfNumberMax } from '../src/jobs/ledger/payloads.ts'
import { tallyPartsMax } from '../src/jobs/tally.ts'
import { twinRoomChars } from '../src/jobs/twin/room.ts'
import { twinBootsMax } from '../src/jobs/twin/twin-state.ts'
import { anomalyKinds, anomalyPartsMax } from '../src/model/anomaly.ts'
import { messageLimits } from '../src/model/message-check.ts'
import { listedSignals } from '../src/model/twin.ts'
import { uplinkStreams } from '../src/model/topic.ts'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/limits.md'), 'utf8')
const words = ['five', 'six', 'seven', 'eight', 'nine']

test('the page of limits has the numbers of the code', () => {
  const number = (value: number): string => value.toLocaleString('en')
  const word = (value: number): string => words[value - 5] ?? number(value)
  const { connectionMessagesPerS, tenantMessagesPerS, subscriptionsPerSession, queueMessages } = defaultLimits
  for (const said of [
    `| ${number(connectionMessagesPerS)} messages and 1 MB a second`,
    `| ${number(tenantMessagesPerS)} messages and 125 MB a second`,
    `${subscriptionsPerSession} subscriptions, a queue of ${number(queueMessages)} messages`,
    `| ${messageLimits.bytes / 1024} KiB, ${number(messageLimits.samples)} samples of ${messageLimits.signalsPerSample} signals`,
    `a list together, ${number(messageLimits.textChars)} characters; ${messageLimits.listItems} texts`,
    `| ${number(twinRoomChars)} characters of names and values`,
    `| boots in a twin | ${twinBootsMax} |`,
    `| boots in the ledger, of each stream | ${countedBootsMax} |`,
    `${seqRangesMax} ranges, and digests of some hundred numbers with ${payloadsOfNumberMax} payloads`,
    `each of ${word(uplinkStreams.length)} streams, and each of ${word(anomalyKinds.length)} kinds, of which ${anomalyPartsMax} parts`,
    `\`tallyPartsMax\` (${tallyPartsMax})`,
    `${word(latenessMs / 3_600_000)} hours behind its newest instant`,
    `${number(airbagsMax)} airbags`,
    `a row of a list has ${word(listedSignals.length)} signals`,
  ])
    assert.ok(page.includes(said), `docs/limits.md lacks "${said}"`)
})

test('the page of limits has every bound that jobs count by name', () => {
  const files = globSync('src/jobs/**/*.ts', { cwd: root })
  const bounds = new Set(
    files.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/leftOut\('([a-z-]+)'/g)].map(([, bound = '']) => bound),
    ),
  )
  assert.ok(bounds.size >= 4)
  for (const bound of bounds) assert.ok(page.includes(`{bound="${bound}"}`), `docs/limits.md lacks ${bound}`)
})
