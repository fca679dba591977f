// `roadstream replay --devices`: what the user may say, and where the drafts go. Standard error carries what is to be put right.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mappingText } from '../../mapping/mapping-text.ts'
import { RecordingError } from '../recorded-sample.ts'
import { draftVehicles, type Drafts } from './draft-vehicles.ts'
import { readDevices } from './read-devices.ts'

export type DevicesDeps = { readonly print: (text: string) => void; readonly complain: (text: string) => void }

const usage =
  '--devices looks at one FILE, the devices of Traccar, and writes drafts of three tables to standard output, as one JSON, or to files of --draft FOLDER.'

/** Gives the exit code. Where one of the files is there already, none is written. */
export async function devicesCommand(args: readonly string[], { print, complain }: DevicesDeps): Promise<number> {
  const call = parseCall(args)
  if (call === undefined) {
    complain(`roadstream replay: ${usage}\n`)
    return 2
  }
  try {
    const devices = await readDevices(call.file)
    const drafts = draftVehicles(devices)
    complain(reportOf(devices.length, drafts))
    if (call.folder === undefined) print(mappingText(filesOf(drafts)))
    else await writeDrafts(call.folder, filesOf(drafts))
    return 0
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const isRecording = error instanceof RecordingError
    if (!isRecording && !['EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'ENOSPC'].includes(code)) throw error
    const path = error instanceof Error && 'path' in error ? String(error.path) : call.folder
    complain(`roadstream replay: ${isRecording ? error.message : `The draft ${path} cannot be written (${code}).`}\n`)
    return 1
  }
}

/** Each file with the form of what it is for. */
const filesOf = ({ table, vehicles, senders }: Drafts): Readonly<Record<string, unknown>> => ({
  'table.json': table,
  'vehicles.json': { vehicles },
  'senders.json': { traccar: senders },
})

const reportOf = (devices: number, { vehicles, checks }: Drafts): string =>
  `${[
    `${devices} ${devices === 1 ? 'device' : 'devices'}, of which ${vehicles.length} have a kind`,
    'table.json is for --vehicles, vehicles.json for ROADSTREAM_VEHICLES, senders.json for ROADSTREAM_SENDERS',
    ...checks.map((check) => `check: ${check}.`),
  ].join('\n')}\n`

async function writeDrafts(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const paths = Object.keys(files).map((name) => join(folder, name))
  const there = paths.find((path) => existsSync(path))
  if (there !== undefined) throw Object.assign(new Error('a draft is there'), { code: 'EEXIST', path: there })
  for (const [index, content] of Object.values(files).entries())
    await writeFile(paths[index] ?? '', mappingText(content), { flag: 'wx', mode: 0o600 })
}

function parseCall(args: readonly string[]): { readonly file: string; readonly folder: string | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { devices: { type: 'boolean' }, draft: { type: 'string' } },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    return file === undefined || more.length > 0 ? undefined : { file, folder: values.draft }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return undefined
  }
}
