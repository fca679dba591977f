// A mapping file, checked. Invariant: what is accepted can be opened and run; every fault names its
// file, the field and what may stand there.
import { accepted, refused, type Result } from '../base/errors.ts'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import { parseWrittenJson } from '../model/written-json.ts'
import { isObject, pathTo } from './check.ts'
import type { Mapping } from './mapping.ts'
import { messageForm } from './messages/message-form.ts'
import type { MessageMapping } from './messages/message-mapping.ts'
import { recordingForm } from './recording-form.ts'

/** Of recordings or of messages. */
export type AnyMapping = Mapping | MessageMapping

export const isOfMessages = (mapping: AnyMapping): mapping is MessageMapping => mapping.from.form === 'messages'

/** Faults told of one file; a file that is something else altogether has hundreds. */
const faultsMax = 20

/** Checks the text of a mapping file, whose signals are those of the catalogue. The refusal has a
 *  line for each fault. */
export function parseAnyMapping(
  json: string,
  file: string,
  catalogue: Catalogue = vssCatalogue,
): Result<AnyMapping, 'mapping'> {
  const written = parseWrittenJson(json)
  if ('said' in written) return refused('mapping', `${file} is not JSON: ${written.said}.`)
  if ('twice' in written)
    return refused(
      'mapping',
      `${file}: ${written.twice.reduce<string>(pathTo, '$')} stands there twice; leave one of them out.`,
    )
  const { json: value } = written
  const faults: string[] = []
  const from = isObject(value) ? value['from'] : undefined
  const form = isObject(from) && from['form'] === 'messages' ? messageForm : recordingForm
  form(catalogue)(value, '$', faults)
  if (faults.length === 0) return accepted(value as AnyMapping)
  const more = faults.length > faultsMax ? [`${file}: and ${faults.length - faultsMax} more.`] : []
  return refused('mapping', [...faults.slice(0, faultsMax).map((fault) => `${file}: ${fault}`), ...more].join('\n'))
}

/** The same of a mapping of recordings. */
export function parseMapping(
  json: string,
  file: string,
  catalogue: Catalogue = vssCatalogue,
): Result<Mapping, 'mapping'> {
  const mapping = parseAnyMapping(json, file, catalogue)
  if (!mapping.ok) return mapping
  return isOfMessages(mapping.value) ? refused('mapping', noRecordings(file)) : accepted(mapping.value)
}

/** The same of a mapping of messages. */
export function parseMessageMapping(
  json: string,
  file: string,
  catalogue: Catalogue = vssCatalogue,
): Result<MessageMapping, 'mapping'> {
  const mapping = parseAnyMapping(json, file, catalogue)
  if (!mapping.ok) return mapping
  return isOfMessages(mapping.value) ? accepted(mapping.value) : refused('mapping', noMessages(file))
}

export const noRecordings = (file: string): string =>
  `${file}: $.from.form is "messages": it reads what publishers send, not recordings.`
export const noMessages = (file: string): string =>
  `${file}: $.from.form is not "messages": it reads recordings, not what publishers send.`
