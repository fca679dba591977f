// The command line: which command, and nothing of how it works. Each command's module is loaded
// only when it is called.
import { outageOf } from './base/errors.ts'
import { readConfig, settingsHelp, type Config } from './config/config.ts'
import { complain, leaveWhatIsLate } from './roles/process-life.ts'

const usage = `Roadstream: the open connected-car data platform.

  npm start                             the whole system with a city of simulated cars, on this machine
  npm run roadstream -- COMMAND …       one of:

  start [--demo] [--cars N]             gateway, jobs, storage, API and dashboard in one process; --demo adds cars
  gateway | jobs | api                  one role alone
  simulate …                            a city of cars that drive and publish; --help says more
  replay FILE --mapping NAME …          a recorded drive, played through MQTT as a car; --help says more
  mapping test [NAME|FILE …]            checks mappings and runs the examples in them
  password TENANT/VEHICLE               the MQTT password of a vehicle
  user list | user reset NAME           who may sign in; a new password, also while Roadstream runs
  audit verify [--expect HASH]          whether all entries of the audit are as they were written
  certificates …                        an authority of your own for MQTT over TLS; --help says more
  doctor [--json]                       looks at all that the settings name, and says what is wrong and how to mend it
  move --to FILE                        carries log and tables to other engines, and back; --help says more
  salvage                               copies what can still be read of a damaged event log into a new one
  bench [NAME …]                        measures and prints the figures; --list names the programs
  help [settings]                       this text, or every setting

Everything else is a setting: an environment variable ROADSTREAM_…, or the same name in the JSON file that ROADSTREAM_SETTINGS names.
`

/** Exit codes: 0 done, 1 it failed, 2 it was called wrongly; `doctor` has its own. */
type Command = (args: readonly string[], config: Config, env: NodeJS.ProcessEnv) => Promise<number>

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./roles/start.ts')).start,
  gateway: async () => (await import('./roles/run-role.ts')).runRole('gateway'),
  jobs: async () => (await import('./roles/run-role.ts')).runRole('jobs'),
  api: async () => (await import('./roles/start.ts')).startApi,
  simulate: async () => (await import('./roles/commands.ts')).simulate,
  replay: async () => (await import('./roles/commands.ts')).replay,
  mapping: async () => (await import('./roles/commands.ts')).mapping,
  password: async () => (await import('./roles/commands.ts')).password,
  user: async () => (await import('./roles/commands.ts')).user,
  audit: async () => (await import('./roles/commands.ts')).audit,
  certificates: async () => (await import('./roles/commands.ts')).certificates,
  doctor: async () => (await import('./doctor/command.ts')).doctor,
  move: async () => (await import('./roles/commands.ts')).moveEngines,
  salvage: async () => (await import('./roles/commands.ts')).salvage,
  bench: async () => (await import('../bench/main.ts')).bench,
}

async function main([name = 'help', ...args]: readonly string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    process.stdout.write(args[0] === 'settings' ? `Settings, with their defaults:\n${settingsHelp()}\n` : usage)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    process.stderr.write(`roadstream: there is no command "${name}". \`npm run roadstream -- help\` lists them.\n`)
    return 2
  }
  const config = readConfig(process.env)
  if (!config.ok) {
    process.stderr.write(`roadstream: these settings cannot be used:\n${config.detail.replaceAll(/^/gm, '  ')}\n`)
    return 2
  }
  const run = await command()
  try {
    return await run(args, config.value, process.env)
  } catch (error) {
    // A failure outside us is said in one line; anything else is a bug and shows where.
    const outage = outageOf(error)
    if (outage !== undefined) return complain(outage.message, 1)
    throw error
  }
}

process.exitCode = await main(process.argv.slice(2))
await leaveWhatIsLate()
