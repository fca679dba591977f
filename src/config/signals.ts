// Reads the overlays that a setting names (docs/signals.md). Every role reads the same files into
// the same list of plain data, which also goes to its threads.
import { isPattern } from '../model/name-pattern.ts'
import { parseOverlays, type OverlayFile } from '../model/overlay.ts'
import type { VssSignal } from '../model/vss.ts'
import { separated } from './networks.ts'
import { text } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readTextFile } from './text-file.ts'

export const signalsSettings = {
  files: text(
    'ROADSTREAM_SIGNALS',
    '',
    'files of VSS overlays with signals of your own, comma-separated: JSON as `vspec export json` writes it',
    /^/,
    'give files',
  ),
}

const charsMax = 16 * 1024 * 1024

/** `FILE`, `FILE for MODEL` or `FILE for MODEL version VERSION`. */
const entryPattern = /^(?<file>.+?)(?: for (?<model>.+?)(?: version (?<version>.+))?)?$/

/** The signals of the files; none where a file is wrong. */
export function ownSignals({ take, problems }: SettingsReader): readonly VssSignal[] {
  const { name } = signalsSettings.files
  const complain = (problem: string): void => void problems.push(`${name} names ${problem}`)
  const files = separated(take(signalsSettings.files)).flatMap((entry) => openEntry(entry, complain) ?? [])
  const parsed = parseOverlays(files)
  if (parsed.ok) return parsed.value
  problems.push(...parsed.detail.split('\n').map((fault) => `${name}: ${fault}`))
  return []
}

function openEntry(entry: string, complain: (problem: string) => void): OverlayFile | undefined {
  const { file = entry, model, version } = entryPattern.exec(entry)?.groups ?? {}
  const read = readTextFile(file, 'overlay', charsMax)
  if ('fault' in read) complain(`${file}, which ${read.fault}`)
  else if (!isPattern(model ?? '') || !isPattern(version ?? ''))
    complain(`${entry}: a model and a version have one * at most, which stands for any part of it`)
  else
    return {
      file,
      text: read.text,
      ...(model !== undefined && { models: { model, ...(version !== undefined && { version }) } }),
    }
  return undefined
}
