// Runs a script against a server and gives what each client saw in each step. A step ends when the
// server has said all it has to say about it: every connected client sends PINGREQ and has its
// PINGRESP, again and again, until two rounds in a row brought nothing new.
import { clientCount, type Action, type Message, type Will } from './actions.ts'
import { connectAnswer, ScriptedClient, type Link, type Seen } from './scripted-client.ts'

/** By client. */
export type Step = readonly Seen[][]

const roundsMax = 2000
let runs = 0

export async function runScript(port: number, script: readonly Action[]): Promise<Step[]> {
  const run = new Run(port, `d${process.pid}x${++runs}`)
  const steps: Step[] = []
  try {
    for (const action of script) steps.push(await run.step(action))
    return steps
  } finally {
    await run.close()
  }
}

type Leave = Extract<Action, { readonly expiryS: number | undefined; readonly do: 'disconnect' | 'abandon' | 'drop' }>
type ActionOf<Do extends Action['do']> = Extract<Action, { readonly do: Do }>

class Run {
  readonly #port: number
  /** Before each topic, filter and client id, so that one server serves many runs. */
  readonly #prefix: string
  readonly #clients = Array.from({ length: clientCount }, () => new ScriptedClient())
  /** Connections that were taken over: the server closes them. */
  #ending: Link[] = []

  constructor(port: number, prefix: string) {
    this.#port = port
    this.#prefix = prefix
  }

  async step(action: Action): Promise<Step> {
    const client = this.#clients[action.client]!
    if (action.do === 'connect') {
      if (!mosquittoForgetsWill(client, action)) this.#connect(client, action)
    } else if (client.link !== undefined) this.#act(client, client.link, action)
    await this.#quiet()
    return this.#clients.map((each) => each.take().map((seen) => this.#relative(seen)))
  }

  async close(): Promise<void> {
    for (const { link } of this.#clients) {
      if (link === undefined) continue
      link.socket.destroy()
      await link.closed
    }
  }

  #connect(client: ScriptedClient, action: ActionOf<'connect'>): void {
    if (client.link !== undefined) this.#ending.push(client.link)
    const { version, expiryS, packetBytesMax, aliasMax } = action
    const clean = action.clean && !mosquittoKeepsWill(client)
    client.will =
      action.will === undefined
        ? 'none'
        : version === 5 && action.will.delayS > 0 && expiryS > 0
          ? 'delayed'
          : 'at once'
    const link = client.open(this.#port, version)
    client.isEphemeral = version === 4 ? clean : expiryS === 0
    client.unanswered.add(connectAnswer)
    link.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: `${this.#prefix}-c${action.client}`,
      clean,
      keepalive: 0,
      ...(action.will !== undefined && { will: this.#will(action.will, version, expiryS) }),
      ...(version === 5 && {
        properties: {
          sessionExpiryInterval: expiryS,
          topicAliasMaximum: aliasMax,
          ...(packetBytesMax !== undefined && { maximumPacketSize: packetBytesMax }),
        },
      }),
    })
  }

  #will({ topic, qos, retain, text, properties, delayS }: Will, version: 4 | 5, expiryS: number) {
    const will = { topic: `${this.#prefix}/${topic}`, payload: Buffer.from(text), qos, retain }
    return version === 4
      ? will
      : { ...will, properties: { ...properties, willDelayInterval: expiryS === 0 ? 0 : delayS } }
  }

  #act(client: ScriptedClient, link: Link, action: Exclude<Action, { do: 'connect' }>): void {
    switch (action.do) {
      case 'disconnect':
      case 'abandon':
        this.#disconnect(client, link, action)
        return
      case 'drop':
        this.#ending.push(link)
        link.socket.end()
        return
      case 'subscribe':
        this.#subscribe(client, link, action)
        return
      case 'unsubscribe': {
        const messageId = ask(client)
        link.send({
          cmd: 'unsubscribe',
          messageId,
          unsubscriptions: action.filters.map((filter) => `${this.#prefix}/${filter}`),
        })
        return
      }
      case 'publish':
        for (const message of action.messages) this.#publish(client, link, message)
        return
      case 'open':
      case 'release':
        this.#openOrRelease(client, link, action.do)
        return
      case 'hold':
        client.isHolding = true
        return
      case 'halfway':
        client.acknowledge('pubrec')
        return
      case 'acknowledge':
        client.isHolding = false
        client.acknowledge('pubcomp')
    }
  }

  #disconnect(client: ScriptedClient, link: Link, { do: how, expiryS }: Leave): void {
    this.#ending.push(link)
    if (link.version === 4) {
      // 3.1.1 knows no goodbye that asks for the will.
      if (how === 'abandon') link.socket.end()
      else {
        client.will = 'none'
        link.send({ cmd: 'disconnect' })
      }
      return
    }
    if (how === 'disconnect') client.will = 'none'
    // An expiry of zero cannot be raised by DISCONNECT.
    const properties =
      expiryS === undefined || client.isEphemeral || mosquittoKeepsWill(client)
        ? {}
        : { properties: { sessionExpiryInterval: expiryS } }
    link.send({ cmd: 'disconnect', reasonCode: how === 'abandon' ? 4 : 0, ...properties })
  }

  #subscribe(client: ScriptedClient, link: Link, { filters, id }: ActionOf<'subscribe'>): void {
    // Which member of a group gets a message while one is away is the server's choice: groups are
    // of clients that leave nothing behind.
    const wanted = filters.filter(({ group }) => group === undefined || client.isEphemeral)
    if (wanted.length === 0) return
    const subscriptions = wanted.map(({ group, topic, qos, nl, rap, rh }) => {
      const filter = `${group === undefined ? '' : `$share/${group}/`}${this.#prefix}/${topic}`
      return link.version === 4
        ? { topic: filter, qos }
        : { topic: filter, qos, nl: nl === true, rap: rap === true, rh: rh ?? 0 }
    })
    const properties = link.version === 5 && id !== undefined ? { properties: { subscriptionIdentifier: id } } : {}
    link.send({ cmd: 'subscribe', messageId: ask(client), subscriptions, ...properties })
  }

  #publish(
    client: ScriptedClient,
    link: Link,
    { topic, qos, retain, text, alias, isSentTwice, properties }: Message,
  ): void {
    const name = `${this.#prefix}/${topic}`
    const isKnown = link.version === 5 && alias !== undefined && link.aliasesSent.get(alias) === name
    if (alias !== undefined) link.aliasesSent.set(alias, name)
    const packet = {
      cmd: 'publish' as const,
      topic: isKnown ? '' : name,
      payload: text,
      qos,
      retain,
      ...(qos > 0 && { messageId: ask(client) }),
      ...(link.version === 5 && { properties: { ...properties, ...(alias !== undefined && { topicAlias: alias }) } }),
    }
    link.send({ ...packet, dup: false })
    // MQTT 5 sends again on a new connection only. [MQTT-4.4.0-1]
    if (qos === 2 && isSentTwice && link.version === 4) link.send({ ...packet, dup: true })
  }

  #openOrRelease(client: ScriptedClient, link: Link, what: 'open' | 'release'): void {
    if (what === 'open') {
      const messageId = ask(client)
      client.opened.add(messageId)
      link.send({
        cmd: 'publish',
        topic: `${this.#prefix}/unread/x/y`,
        payload: 'x',
        qos: 2,
        dup: false,
        retain: false,
        messageId,
      })
      return
    }
    for (const messageId of client.opened) {
      client.unanswered.add(messageId)
      link.send({ cmd: 'pubrel', messageId })
    }
    client.opened.clear()
  }

  async #quiet(): Promise<void> {
    for (const link of this.#ending) await link.closed
    this.#ending = []
    let quietRounds = 0
    for (let round = 0; quietRounds < 2; round++) {
      if (round === roundsMax) for (const client of this.#clients) client.giveUp()
      const before = this.#seenCount()
      await Promise.all(this.#clients.map(({ link }) => link?.ping() ?? Promise.resolve()))
      const isOwed = this.#clients.some(({ unanswered }) => unanswered.size > 0)
      quietRounds = isOwed || this.#seenCount() !== before ? 0 : quietRounds + 1
    }
  }

  #seenCount(): number {
    return this.#clients.reduce((sum, { seenCount }) => sum + seenCount, 0)
  }

  #relative(seen: Seen): Seen {
    if (seen.what !== 'delivery') return seen
    return { ...seen, packet: { ...seen.packet, topic: seen.packet.topic.replace(`${this.#prefix}/`, '') } }
  }
}

// Faults of Mosquitto 2.0, and the scripts therefore leave out.

/** By a session that ends a delayed will is due at once (3.1.3.2.2 of MQTT 5, [MQTT-3.1.2-8]):
 *  Mosquitto waits for the delay all the same. */
const mosquittoKeepsWill = ({ will }: ScriptedClient): boolean => will === 'delayed'

/** A connection that is taken over was closed without DISCONNECT, so its will goes out
 *  [MQTT-3.1.2-8]: not by Mosquitto when the session goes on. */
const mosquittoForgetsWill = ({ link, will }: ScriptedClient, { clean }: ActionOf<'connect'>): boolean =>
  link !== undefined && will === 'at once' && !clean

function ask(client: ScriptedClient): number {
  const packetId = client.nextPacketId()
  client.unanswered.add(packetId)
  return packetId
}
