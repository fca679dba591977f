// `roadstream replay --inspect`: what the user may say, and where the draft goes. Standard error
// carries what was seen.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { mappingText } from '../../mapping/mapping-text.ts'
import { RecordingError } from '../recorded-sample.ts'
import { inspect } from './inspect.ts'

export type InspectDeps = { readonly print: (text: string) => void; readonly complain: (text: string) => void }

const usage =
  '--inspect looks at one FILE, and writes the draft of a mapping to standard output or to --draft FILE.json.'

/** Gives the exit code. A file that is there already is not written over. */
export async function inspectCommand(args: readonly string[], { print, complain }: InspectDeps): Promise<number> {
  const call = parseCall(args)
  if (call === undefined) {
    complain(`roadstream replay: ${usage}\n`)
    return 2
  }
  try {
    const { report, draft } = await inspect(call.file)
    complain(report)
    if (call.draft === undefined) print(mappingText(draft))
    else await writeFile(call.draft, mappingText(draft), { flag: 'wx' })
    return 0
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const isRecording = error instanceof RecordingError
    if (!isRecording && !['EEXIST', 'ENOENT', 'EACCES', 'EISDIR', 'ENOSPC'].includes(code)) throw error
    complain(
      `roadstream replay: ${isRecording ? error.message : `The draft ${call.draft} cannot be written (${code}).`}\n`,
    )
    return 1
  }
}

function parseCall(args: readonly string[]): { readonly file: string; readonly draft: string | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { inspect: { type: 'boolean' }, draft: { type: 'string' } },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    return file === undefined || more.length > 0 ? undefined : { file, draft: values.draft }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return undefined
  }
}
