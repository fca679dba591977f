// A file that names engines, as `move --to` takes it: `NAME=value`, a line each, as an environment
// file has them.
import { readTextFile } from './text-file.ts'

const charsMax = 100_000
const linePattern = /^(ROADSTREAM_\w+)=(.*)$/

/** The settings by name, or a line for each fault; none quotes a value, which may be a secret. */
export function readEnginesList(
  path: string,
  known: ReadonlySet<string>,
): { readonly settings: Readonly<Record<string, string>> } | { readonly faults: readonly string[] } {
  const read = readTextFile(path, 'list of settings', charsMax)
  if ('fault' in read) return { faults: [`${path} ${read.fault}`] }
  const settings: Record<string, string> = {}
  const faults: string[] = []
  for (const [index, line] of read.text.split(/\r?\n/).entries()) {
    const at = `${path}, line ${index + 1}`
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, value = ''] = linePattern.exec(line.trim()) ?? []
    if (name === undefined) faults.push(`${at}: give NAME=value, or a comment after #`)
    else if (!known.has(name))
      faults.push(
        `${at}: ${name} says nothing of where log and tables are; only ROADSTREAM_KAFKA…, ROADSTREAM_POSTGRES… and ROADSTREAM_LOG_PARTITIONS stand in this file`,
      )
    else if (name in settings) faults.push(`${at}: ${name} stands twice: leave one of them out`)
    else settings[name] = value
  }
  return faults.length === 0 ? { settings } : { faults }
}
