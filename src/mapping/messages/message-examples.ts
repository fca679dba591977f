// The examples of a mapping of messages, run: what is shown to come must say what is shown, once
// all that it leaves open has passed.
import type { Catalogue } from '../../model/catalogue.ts'
import { isInstant } from '../../model/instant.ts'
import type { Memory, Taken } from '../foreign.ts'
import { parseInstant } from '../instants.ts'
import { signalFaults } from '../signal-faults.ts'
import type { ExampleMessage, MessageExample, MessageMapping } from './message-mapping.ts'
import { openTranslation } from './open-translation.ts'

/** One text for each fault. */
export function messageExampleFaults(mapping: MessageMapping, catalogue: Catalogue): readonly string[] {
  return (mapping.examples ?? []).flatMap((example, index) =>
    faultsOf(mapping, example, `$.examples[${index}]`, catalogue),
  )
}

function faultsOf(
  mapping: MessageMapping,
  example: MessageExample,
  path: string,
  catalogue: Catalogue,
): readonly string[] {
  const taken = runMessages(mapping, example.messages, catalogue)
  const unread = taken.flatMap((one, index) =>
    one === undefined ? [`${path}.messages[${index}].to is no address that the mapping reads.`] : [],
  )
  const all = taken.filter((one) => one !== undefined)
  const given = all.flatMap(({ said }) =>
    said.flatMap(({ foreignId, samples }) => samples.map((sample) => ({ ...sample, foreignId }))),
  )
  const reasons = all.flatMap(({ refused }) => (refused === null ? [] : [refused.reason])).join(', ')
  const expectedReasons = (example.refused ?? []).join(', ')
  const refused =
    reasons === expectedReasons
      ? []
      : [`${path}.refused is ${reasons || 'nothing'}, not ${expectedReasons || 'nothing'}.`]
  const count =
    given.length === example.samples.length
      ? []
      : [`${path} gives ${given.length} samples, not ${example.samples.length}.`]
  const faults = example.samples.flatMap((expected, index) => {
    const found = given[index]
    if (found === undefined) return []
    const at = `${path}.samples[${index}]`
    const wrong: string[] = []
    if (found.foreignId !== expected.vehicle)
      wrong.push(`${at}.vehicle is "${found.foreignId}", not "${expected.vehicle}".`)
    if (found.at !== parseInstant(expected.at, 'UTC'))
      wrong.push(`${at}.at is ${new Date(found.at).toISOString()}, not ${expected.at}.`)
    if (found.clock !== expected.clock)
      wrong.push(`${at}.clock is ${found.clock ?? 'not told'}, not ${expected.clock ?? 'not told'}.`)
    return [...wrong, ...signalFaults(found.signals, expected.signals, at)]
  })
  return [...unread, ...refused, ...count, ...faults]
}

/** The samples of each message, and at the end what is open; undefined for one that the mapping
 *  does not read. Senders are apart, as they are in the log. */
function runMessages(
  mapping: MessageMapping,
  messages: readonly ExampleMessage[],
  catalogue: Catalogue,
): readonly (Taken | undefined)[] {
  const translation = openTranslation(mapping, catalogue)
  const memories = new Map<string, Memory>()
  const taken = messages.map(({ to, payload = '', hex, contentType, retained = false, receivedAt }) => {
    const sender = translation.senderOf(to)
    if (sender === undefined) return undefined
    const memory = memories.get(sender) ?? {}
    memories.set(sender, memory)
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return translation.take(memory, {
      address: to,
      payload: hex === undefined ? new TextEncoder().encode(text) : Buffer.from(hex, 'hex'),
      retained,
      receivedAt: parseInstant(receivedAt, 'UTC') ?? Number.NaN,
      ...(contentType === undefined ? {} : { contentType }),
    })
  })
  const open = [...memories.values()].map((memory) => {
    const dueAt = translation.dueAt(memory)
    return isInstant(dueAt) ? translation.pass(memory, dueAt) : undefined
  })
  return [...taken, ...open.filter((one) => one !== undefined)]
}
