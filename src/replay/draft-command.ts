// Parts that the commands have in common that play nothing and draft files from one export:
// `replay --devices`, `replay --geofences`. Standard output carries the draft, or nothing where it
// goes to files; standard error what is to be put right.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RecordingError } from './recorded-sample.ts'

export type DraftDeps = { readonly print: (text: string) => void; readonly complain: (text: string) => void }

export type Draft = {
  /** Texts by the names of their files; none where nothing could be drafted. */
  readonly files: Readonly<Record<string, string>>
  /** The same as one text. */
  readonly shown: string
  /** The report on what was drafted and what is to be put right, in lines. */
  readonly report: string
  /** Something of the export has no place in the draft because it is wrong. */
  readonly isRefused: boolean
}

export type DraftKind = {
  /** The option without its dashes. */
  readonly option: 'devices' | 'geofences'
  readonly usage: string
  /** Rejects with a `RecordingError`. */
  readonly draftOf: (file: string) => Promise<Draft>
}

/** Gives the exit code: 0, 1 where something was refused or not written, 2 for a wrong call. Where
 *  one of the files is there already, none is written. */
export async function draftCommand(
  args: readonly string[],
  kind: DraftKind,
  { print, complain }: DraftDeps,
): Promise<number> {
  const call = parseCall(args, kind.option)
  if (call === undefined) {
    complain(`roadstream replay: ${kind.usage}\n`)
    return 2
  }
  try {
    const { files, shown, report, isRefused } = await kind.draftOf(call.file)
    complain(report)
    if (call.folder === undefined) print(shown)
    else if (Object.keys(files).length > 0) await writeDrafts(call.folder, files)
    return isRefused ? 1 : 0
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const isRecording = error instanceof RecordingError
    if (!isRecording && !['EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'ENOSPC'].includes(code)) throw error
    const path = error instanceof Error && 'path' in error ? String(error.path) : call.folder
    complain(`roadstream replay: ${isRecording ? error.message : `The draft ${path} cannot be written (${code}).`}\n`)
    return 1
  }
}

async function writeDrafts(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const paths = Object.keys(files).map((name) => join(folder, name))
  const there = paths.find((path) => existsSync(path))
  if (there !== undefined) throw Object.assign(new Error('a draft is there'), { code: 'EEXIST', path: there })
  for (const [index, content] of Object.values(files).entries())
    await writeFile(paths[index] ?? '', content, { flag: 'wx', mode: 0o600 })
}

function parseCall(
  args: readonly string[],
  option: DraftKind['option'],
): { readonly file: string; readonly folder: string | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { [option]: { type: 'boolean' }, draft: { type: 'string' } },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    const { draft } = values
    return file === undefined || more.length > 0
      ? undefined
      : { file, folder: typeof draft === 'string' ? draft : undefined }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return undefined
  }
}
