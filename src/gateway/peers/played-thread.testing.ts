// For tests: the threads beside a gateway, played by the test, so that it says what they say and
// when they come to hear.
import { openTestGateway, type TestGateway } from '../gateway.testing.ts'
import { createMeshMembers } from './mesh.ts'
import type { PeerMessage } from './peer-message.ts'

type Kind = PeerMessage['kind']
type Of<Wanted extends Kind> = Extract<PeerMessage, { kind: Wanted }>

export interface PlayedThread {
  say(message: PeerMessage): void
  /** The next message of the kind; those of other kinds are passed over. */
  hear<Wanted extends Kind>(kind: Wanted): Promise<Of<Wanted>>
  /** Messages it was told and has not come to. */
  readonly unheard: readonly PeerMessage[]
  /** Says nothing more, as a thread that has died. */
  die(): void
}

export type BesidePlayed = AsyncDisposable & { readonly gateway: TestGateway; readonly played: readonly PlayedThread[] }

/** The gateway is the first of `count` threads. The others grant each client id they are asked for,
 *  as its home, unless `grants` is false. */
export async function openBesidePlayed(
  count: number,
  {
    grants = true,
    diesFirst = false,
    ...options
  }: Parameters<typeof openTestGateway>[0] & {
    readonly grants?: boolean
    /** Before it says that it is there. */ readonly diesFirst?: boolean
  } = {},
): Promise<BesidePlayed> {
  const [member, ...others] = createMeshMembers(count)
  const played = others.map(({ ports }): PlayedThread => {
    const port = ports[0]!
    const unheard: PeerMessage[] = []
    let wake: (() => void) | undefined
    port.on('message', (message: PeerMessage) => {
      if (message.kind === 'acquire' && grants)
        port.postMessage({ kind: 'granted', clientId: message.clientId } satisfies PeerMessage)
      unheard.push(message)
      wake?.()
    })
    if (diesFirst) port.close()
    else port.postMessage({ kind: 'hello' } satisfies PeerMessage)
    return {
      say: (message) => port.postMessage(message),
      unheard,
      async hear<Wanted extends Kind>(kind: Wanted) {
        for (;;) {
          const message = unheard.shift()
          if (message?.kind === kind) return message as Of<Wanted>
          if (message === undefined) await new Promise<void>((resolve) => (wake = resolve))
        }
      },
      die: () => port.close(),
    }
  })
  const gateway = await openTestGateway({ ...options, member: member! })
  return {
    gateway,
    played,
    async [Symbol.asyncDispose]() {
      for (const thread of played) thread.die()
      for (const { ports } of others) for (const port of ports) port?.close()
      await gateway[Symbol.asyncDispose]()
    },
  }
}
