// The addresses a process is going to listen on, all tried before anything is opened: what is wrong
// is told together, each address with its setting and a remedy. Between the try and the opening
// another program may still come; then the opening says so.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { Outage } from '../base/errors.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Config } from '../config/config.ts'
import { addressText, type Address } from '../config/setting.ts'

type Command = 'start' | 'gateway' | 'jobs' | 'api'

/** The folder of the data folder that only one process of a command may have. */
const folders: Readonly<Record<Command, string>> = { start: 'log', gateway: 'log', jobs: 'derived', api: 'postgres' }

/** Why a command cannot listen where its settings say, for a person, with the command as it
 *  would be typed again; undefined when it can. The other program may be a Roadstream on
 *  the same data folder: that is told along, or it would be the next surprise. */
export async function listeningFault(config: Config, command: Command, typed: string): Promise<string | undefined> {
  const fault = await addressFaults(wantedAddresses(config, command), typed)
  if (fault === undefined) return undefined
  const folder = join(config.dataDir, folders[command])
  if (!existsSync(folder)) return fault
  try {
    await (await lockFolder(folder))[Symbol.asyncDispose]()
    return fault
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return `${fault}\nAnd ${error.message}`
  }
}

export type WantedAddress = Address & { readonly setting: string }

/** Where each command listens. Behind another broker the gateway does not listen for cars. */
export function wantedAddresses(config: Config, command: Command): readonly WantedAddress[] {
  const { mqtt, mqtts, ws, wss } = config.transports
  const cars = {
    ROADSTREAM_MQTT: mqtt,
    ROADSTREAM_MQTTS: mqtts,
    ROADSTREAM_MQTT_WS: ws,
    ROADSTREAM_MQTT_WSS: wss,
  }
  const publishers = {
    ROADSTREAM_PUBLISHERS_HTTP: config.publishers?.http?.listen,
    ROADSTREAM_TELTONIKA: config.publishers?.teltonika?.listen,
  }
  const wanted: Readonly<Record<string, Address | undefined>> = {
    ...(config.bridge === undefined && (command === 'start' || command === 'gateway') ? cars : {}),
    ...(command === 'start' || command === 'gateway' ? publishers : {}),
    ...(command === 'start' || command === 'api'
      ? { ROADSTREAM_HTTP: config.http.listen }
      : { ROADSTREAM_METRICS: config.metrics }),
  }
  return Object.entries(wanted).flatMap(([setting, address]) =>
    address === undefined ? [] : [{ ...address, setting }],
  )
}

const remedies: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have that address: choose one of its own, or 0.0.0.0 for all',
  EACCES: 'ports below 1024 need a privilege: choose a higher one',
  ENOTFOUND: 'there is no host of that name',
}
/** Ports looked at for an example of a free one. */
const examplesMax = 50

type Fault = { readonly address: WantedAddress; readonly code: string; readonly twin: WantedAddress | undefined }

/** Faults of the addresses, for a person, with `command` as it would be typed again;
 *  undefined when all can be had. */
export async function addressFaults(wanted: readonly WantedAddress[], command: string): Promise<string | undefined> {
  const held: Server[] = []
  const faults: Fault[] = []
  try {
    // Each is held while the next is tried, so that two settings with one address are told as well.
    for (const [index, address] of wanted.entries()) {
      const tried = await tryAddress(address)
      const twin = wanted
        .slice(0, index)
        .find(({ host, port }) => host === address.host && port === address.port && port !== 0)
      if (typeof tried === 'string') faults.push({ address, code: tried, twin })
      else held.push(tried)
    }
    return faults.length === 0 ? undefined : await told(faults, wanted, command)
  } finally {
    for (const server of held) server.close()
  }
}

async function told(faults: readonly Fault[], wanted: readonly WantedAddress[], command: string): Promise<string> {
  const taken = new Set(wanted.map(({ port }) => port))
  const lines: string[] = []
  const examples: string[] = []
  for (const { address, code, twin } of faults) {
    const is = `${address.setting} is ${addressText(address)}`
    const example = code === 'EADDRINUSE' ? await freeExample(address, taken) : undefined
    if (example !== undefined) examples.push(example)
    const other = `choose another port${example === undefined ? '' : `, such as ${example}`}`
    if (code !== 'EADDRINUSE')
      lines.push(`${is}: ${remedies[code] ?? `the system refuses it (${code}): choose another`}`)
    else if (twin === undefined) lines.push(`${is}, where another program listens: end that program or ${other}`)
    else lines.push(`${is}, and so is ${twin.setting}: ${other}`)
  }
  if (lines.length === 1) return `cannot listen: ${lines.join('')}`
  const again = examples.length === 0 ? [] : [`With free ports:  ${examples.join(' ')} ${command}`]
  return [`cannot listen on ${lines.length} addresses:`, ...lines.map((line) => `  ${line}`), ...again].join('\n')
}

/** The server that listens there, or the code of the error. */
async function tryAddress({ host, port }: Address): Promise<Server | string> {
  const server = createServer((socket) => socket.destroy())
  server.listen({ host, port, exclusive: true })
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no code'
  }
}

/** The setting with a free port above that of `address`, none of `taken`, which it joins;
 *  undefined when there is none near. */
async function freeExample({ setting, host, port }: WantedAddress, taken: Set<number>): Promise<string | undefined> {
  for (let candidate = port + 1; candidate <= Math.min(65_535, port + examplesMax); candidate++) {
    if (taken.has(candidate)) continue
    const tried = await tryAddress({ host, port: candidate })
    if (typeof tried === 'string') continue
    tried.close()
    taken.add(candidate)
    return `${setting}=${addressText({ host, port: candidate })}`
  }
  return undefined
}
