// A process with a vehicle of clients/python (python_car.py says what it does), or with its command
// line.
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { noPython, pythonSettings } from '../engines/python.ts'

const client = fileURLToPath(new URL('../../clients/python', import.meta.url))
const program = fileURLToPath(new URL('python_car.py', import.meta.url))

/** Why the tests of the Python client cannot run here; false where they can. */
export const pythonMissing = noPython(
  'paho-mqtt 2.2',
  'import paho.mqtt as m; assert (2, 2) <= tuple(map(int, m.__version__.split(".")[:2])) < (3,)',
)

/** Installed packages come behind the client's own folder. */
const startPython = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess => {
  const settings = { ...pythonSettings(client), PYTHONDONTWRITEBYTECODE: '1', ...env }
  return spawn('python3', args, { cwd: client, env: settings, stdio: ['pipe', 'pipe', 'pipe'] })
}

type PythonRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs it to its end; `input` comes in at its standard input. */
export async function runPython(
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<PythonRun> {
  const child = startPython(args, env)
  const said = { stdout: '', stderr: '' }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  child.stdin!.on('error', () => undefined).end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}

type PythonCarOptions = {
  readonly url: string
  readonly tenant: string
  readonly vehicle: string
  readonly password?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly folder?: string
  readonly limits?: Readonly<Record<string, number>>
}

export type Taken = readonly [boot: string, stream: string, seq: number, displaced: boolean]
type Line = {
  readonly state?: string
  readonly taken?: Taken
  readonly down?: readonly [string, string]
  readonly flushed?: boolean
  readonly stats?: Readonly<Record<string, number>>
  readonly trouble?: string | null
}

type PythonCar = AsyncDisposable & {
  /** Messages it reported as committed to its buffer. */
  readonly taken: readonly Taken[]
  say(order: object): void
  /** The first line it says, or has said since the last call of the same name, that has such a
   *  field. Rejects when it ends before. */
  next<Name extends keyof Line>(name: Name): Promise<Line & Required<Pick<Line, Name>>>
  /** SIGKILL; resolves when all it had said is read. */
  kill(): Promise<void>
}

export function startPythonCar(options: PythonCarOptions): PythonCar {
  const child = startPython([program, JSON.stringify(options)])
  const lines: Line[] = []
  const taken: Taken[] = []
  const news = new EventEmitter()
  let stderr = ''
  let isOver = false
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin!.on('error', () => undefined)
  createInterface({ input: child.stdout! }).on('line', (text) => {
    // A kill may cut the last one.
    if (!text.endsWith('}')) return
    const line = JSON.parse(text) as Line
    if (line.taken !== undefined) taken.push(line.taken)
    lines.push(line)
    news.emit('line')
  })
  const closed = once(child, 'close').then(() => {
    isOver = true
    news.emit('line')
  })
  return {
    taken,
    say: (order) => void child.stdin!.write(`${JSON.stringify(order)}\n`),
    async next(name) {
      for (;;) {
        const place = lines.findIndex((line) => name in line)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has the field
        if (place >= 0) return lines.splice(place, 1)[0] as never
        if (isOver) throw new Error(`the Python car ended:\n${stderr}`)
        await once(news, 'line')
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return
      child.stdin!.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await closed
      clearTimeout(timer)
    },
  }
}
