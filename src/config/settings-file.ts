// The file that ROADSTREAM_SETTINGS names: settings by their names, as texts.
import { isObject } from '../mapping/check.ts'
import { keyPathText, parseWrittenJson } from '../model/written-json.ts'
import { readTextFile } from './text-file.ts'

const charsMax = 1024 * 1024

/** None without a file; what is wrong is added to `problems`, which name the file or the
 *  setting, and quote nothing that may be a secret. */
export function readSettingsFile(path: string | undefined, problems: string[]): Readonly<Record<string, string>> {
  if (path === undefined) return {}
  const wrong = (why: string): Readonly<Record<string, string>> => {
    problems.push(`ROADSTREAM_SETTINGS names ${path}, which ${why}`)
    return {}
  }
  const read = readTextFile(path, 'list of settings', charsMax)
  if ('fault' in read) return wrong(read.fault)
  const written = parseWrittenJson(read.text)
  if ('said' in written) return wrong('cannot be read as settings: it is no JSON')
  if ('twice' in written) return wrong(`says ${keyPathText(written.twice)} twice: leave one of them out`)
  if (!isObject(written.json)) return wrong('cannot be read as settings: it is not a JSON object')
  const entries = Object.entries(written.json)
  for (const [name, value] of entries)
    if (typeof value !== 'string') problems.push(`${name} in the settings file: give the value as text in quotes`)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
