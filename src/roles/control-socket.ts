// Where a role that runs as a process of its own is asked: a Unix socket in the data folder, so
// that whoever may read the data may ask, and nobody else. One question a connection, each way one
// line of JSON. Every process has a socket of its own name, since several gateways may share the
// folder; one left over from a process that was killed refuses connections and is removed by the
// next that starts.
//
//   data/control/gateway-1f2e3d4c.sock      {"ask":"inspect","given":{…}} ⏎   →   {"value":{…}} ⏎
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { answerTo, failure, type Answer, type Answers, type Carrier, type Question } from './question-carrier.ts'

export const controlLimits = {
  questionBytes: 64 * 1024,
  answerBytes: 16 * 1024 * 1024,
  connections: 32,
  questionMs: 5000,
  answerMs: 5000,
} as const
/** Bytes that the address of a Unix socket holds on Linux and macOS, less its final zero. */
const pathBytesMax = process.platform === 'linux' ? 107 : 103

/** The sockets of one role on one data folder. */
export type ControlFolder = { readonly dataDir: string; readonly role: string }

const folderOf = ({ dataDir }: ControlFolder): string => join(dataDir, 'control')

/** Opens the socket of a role and answers until disposed. A role does its work without it too,
 *  so what keeps it from opening is only logged. */
export async function openControlSocket(
  folder: ControlFolder,
  answers: Answers,
  logger: Logger,
): Promise<AsyncDisposable> {
  try {
    return await listen(folder, answers, logger)
  } catch (error) {
    logger.warn(
      { err: error },
      'the control socket cannot be opened: an API in another process cannot ask this one anything',
    )
    return { [Symbol.asyncDispose]: () => Promise.resolve() }
  }
}

async function listen(place: ControlFolder, answers: Answers, logger: Logger): Promise<AsyncDisposable> {
  if (process.platform === 'win32') throw new Error('there are no Unix sockets on this system')
  const folder = folderOf(place)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const name = `${place.role}-${randomBytes(4).toString('hex')}`
  const path = join(folder, `${name}.sock`)
  if (Buffer.byteLength(path) > pathBytesMax)
    throw new Error(`${path} is longer than ${pathBytesMax} bytes: choose a shorter data folder (ROADSTREAM_DATA)`)
  await removeLeftOver(place)
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    socket.setTimeout(controlLimits.questionMs, () => socket.destroy())
    void serve(socket, answers, logger)
  })
  server.maxConnections = controlLimits.connections
  // Named once it listens, so that one that refuses is always one that is left over.
  const draft = join(folder, `${name}.new`)
  server.listen(draft)
  await once(server, 'listening')
  chmodSync(draft, 0o600)
  renameSync(draft, path)
  return {
    async [Symbol.asyncDispose]() {
      rmSync(path, { force: true })
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function serve(socket: Socket, answers: Answers, logger: Logger): Promise<void> {
  try {
    const question = parseQuestion(await readLine(socket, controlLimits.questionBytes))
    const answer =
      question === undefined
        ? failure('QUESTION_MALFORMED', 'Send {"ask":"…","given":…} on one line.')
        : await answerTo(answers, question, logger)
    socket.end(`${JSON.stringify(answer)}\n`)
  } catch {
    socket.destroy()
  }
}

function parseQuestion(line: string): Question | undefined {
  try {
    const value = JSON.parse(line) as Partial<Question> | null
    return typeof value?.ask === 'string' ? { ask: value.ask, given: value.given } : undefined
  } catch {
    return undefined
  }
}

/** Of a role's processes, some perhaps left over. Throws Outage ROLE_UNREACHABLE when the folder
 *  is not ours to read. */
export function controlSockets(place: ControlFolder): string[] {
  const folder = folderOf(place)
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(`${place.role}-`) && name.endsWith('.sock'))
      .map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreachable(error)
  }
}

async function removeLeftOver(place: ControlFolder): Promise<void> {
  for (const path of controlSockets(place)) {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') rmSync(path, { force: true })
    } finally {
      socket.destroy()
    }
  }
}

/** Asks the process behind a socket. Undefined when there is none any more; rejects with Outage
 *  ROLE_UNREACHABLE (retryable) when it does not answer. */
export async function askSocket(path: string, question: Question): Promise<Answer | undefined> {
  const socket = connect(path)
  socket.setTimeout(controlLimits.answerMs, () => socket.destroy(new Error('it took too long')))
  try {
    await once(socket, 'connect')
    socket.write(`${JSON.stringify(question)}\n`)
    return JSON.parse(await readLine(socket, controlLimits.answerBytes)) as Answer
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined
    throw unreachable(error)
  } finally {
    socket.destroy()
  }
}

/** The code of the Outage by which a socket is told that its process has ended. */
export const goneCode = 'ROLE_GONE'

/** Carries questions to the process behind a socket. */
export const socketCarrier =
  (path: string): Carrier =>
  async (question) =>
    (await askSocket(path, question)) ?? {
      failed: { code: goneCode, message: `Nobody listens on ${path}.`, retryable: true },
    }

const unreachable = (cause: unknown): Outage =>
  new Outage('ROLE_UNREACHABLE', `A role did not answer on its control socket: ${(cause as Error).message}`, {
    retryable: true,
    cause,
  })

/** The first line that comes. Rejects when the other side ends before, or says more than
 *  `bytesMax`. */
function readLine(socket: Socket, bytesMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(10)
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
      bytes += chunk.length
      if (bytes > bytesMax) reject(new Error(`more than ${bytesMax} bytes came`))
      else if (end >= 0) resolve(Buffer.concat(chunks).toString())
    })
    for (const event of ['error', 'end', 'close'] as const)
      socket.on(event, (error) => reject((error as unknown) ?? new Error('the other side ended')))
  })
}
