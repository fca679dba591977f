// The examples of a mapping, run: the rows or messages it shows must give the samples it shows.
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import { parseInstant } from './instants.ts'
import { mappedStart } from './clockwork.ts'
import { openGathering } from './gather.ts'
import type { Example, Mapping } from './mapping.ts'
import { messageExampleFaults } from './messages/message-examples.ts'
import { isTable, openMapping, type MappedSample } from './open-mapping.ts'
import { isOfMessages, type AnyMapping } from './parse-mapping.ts'
import { signalFaults } from './signal-faults.ts'

/** Faults of the examples of a mapping, one text each; none where all are right. Columns that an
 *  example does not show are not there, and an empty field of a column is unknown where the mapping
 *  says nothing of it. */
export function exampleFaults(mapping: AnyMapping, catalogue: Catalogue = vssCatalogue): readonly string[] {
  if (isOfMessages(mapping)) return messageExampleFaults(mapping, catalogue)
  return (mapping.examples ?? []).flatMap((example, index) =>
    faultsOf(mapping, example, `$.examples[${index}]`, catalogue),
  )
}

function faultsOf(mapping: Mapping, { rows, samples }: Example, path: string, catalogue: Catalogue): readonly string[] {
  const given = samplesOf(mapping, rows, catalogue)
  const count = given.length === samples.length ? [] : [`${path} gives ${given.length} samples, not ${samples.length}.`]
  const faults = samples.flatMap((expected, index) => {
    const found = given[index]
    if (found === undefined) return []
    const at = `${path}.samples[${index}]`
    const instant = parseInstant(expected.at, 'UTC')
    const wrong = found.at === instant ? [] : [`${at}.at is ${new Date(found.at).toISOString()}, not ${expected.at}.`]
    const [whose, expectedWhose] = [found.clock ?? 'measured', expected.clock ?? 'measured']
    if (whose !== expectedWhose) wrong.push(`${at}.clock is ${whose}, not ${expectedWhose}.`)
    if (expected.segment !== undefined && expected.segment !== found.segment)
      wrong.push(`${at}.segment is "${found.segment}", not "${expected.segment}".`)
    return [...wrong, ...signalFaults(found.signals, expected.signals, at)]
  })
  return [...count, ...faults]
}

function samplesOf(mapping: Mapping, rows: Example['rows'], catalogue: Catalogue): readonly MappedSample[] {
  const map = openMapping(mapping, {
    ...(isTable(mapping.from) ? { columns: [...new Set(rows.flatMap(Object.keys))] } : {}),
    catalogue,
    segment: 'example',
    startAt: mappedStart(mapping, rows[0] ?? {}),
  })
  const gathering = openGathering(!isTable(mapping.from))
  const samples = rows.flatMap((row) => {
    const sample = map(row)
    const whole = sample === undefined ? undefined : gathering.add(sample)
    return whole === undefined ? [] : [whole]
  })
  const last = gathering.end()
  return last === undefined ? samples : [...samples, last]
}
