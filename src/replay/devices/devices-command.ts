// `roadstream replay --devices`: drafts of the tables that say which cars Traccar's devices are.
import { mappingText } from '../../mapping/mapping-text.ts'
import { draftCommand, type DraftDeps, type DraftKind } from '../draft-command.ts'
import { draftVehicles, type Drafts } from './draft-vehicles.ts'
import { readDevices } from './read-devices.ts'

const kind: DraftKind = {
  option: 'devices',
  usage:
    '--devices looks at one FILE, the devices of Traccar, and writes drafts of three tables to standard output, as one JSON, or to files of --draft FOLDER.',
  draftOf: async (file) => {
    const devices = await readDevices(file)
    const drafts = draftVehicles(devices)
    const files = filesOf(drafts)
    return {
      files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, mappingText(content)])),
      shown: mappingText(files),
      report: reportOf(devices.length, drafts),
      isRefused: false,
    }
  },
}

/** Gives the exit code. */
export const devicesCommand = (args: readonly string[], deps: DraftDeps): Promise<number> =>
  draftCommand(args, kind, deps)

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
