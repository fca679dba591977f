// The last retained message of each topic, found by filter. Bounded by count and bytes: beyond
// either a message is not retained, and never an older one in its place. A topic of many levels of
// its own counts for what it takes, not for its few characters.
import { messageBytes, type RoutedMessage } from '../session/routed-message.ts'
import { nodeBytes } from './subscription-tree.ts'

/** Walks for what has expired are at least this far apart: expired messages are never given out,
 *  they only take room until then. */
const expiryPauseMs = 10_000

/** Of a message's objects, and its share of each level's text; as measured. */
const retainedBytesOf = (message: RoutedMessage): number => messageBytes(message) + 200 + message.levels.length * 32

type Node = { children: Map<string, Node> | undefined; message: RoutedMessage | undefined }

export class RetainedMessages {
  readonly #root: Node = { children: undefined, message: undefined }
  readonly #limits: { readonly retainedMessages: number; readonly retainedBytes: number }
  count = 0
  bytes = 0
  /** Nothing expires before; Infinity when nothing ever does. */
  #expiryDueAt = Number.POSITIVE_INFINITY
  #expiredLastAt = Number.NEGATIVE_INFINITY

  constructor(limits: { readonly retainedMessages: number; readonly retainedBytes: number }) {
    this.#limits = limits
  }

  /** Keeps the message of its topic in place of an earlier one; an empty payload only removes that.
   *  [MQTT-3.3.1-5, -6, -7] Gives false when the limits do not allow one more; the earlier one,
   *  which is no longer the last word, is gone all the same. `isAdmitted`: another thread has found
   *  room for it. */
  put(levels: readonly string[], message: RoutedMessage, isAdmitted = false): boolean {
    const earlier = this.#find(levels)?.message
    if (earlier !== undefined) {
      this.#remove(this.#root, levels, 0)
      this.count -= 1
      this.bytes -= retainedBytesOf(earlier)
    }
    if (message.payload.length === 0) return true
    const size = retainedBytesOf(message)
    const { retainedMessages, retainedBytes } = this.#limits
    const isRoom =
      this.count < retainedMessages && this.bytes + size + this.#missing(levels) * nodeBytes <= retainedBytes
    if (!isRoom && !isAdmitted) return false
    this.#make(levels).message = message
    if (message.expiresAt !== 0) this.#expiryDueAt = Math.min(this.#expiryDueAt, message.expiresAt)
    this.count += 1
    this.bytes += size
    return true
  }

  #find(levels: readonly string[]): Node | undefined {
    let node: Node | undefined = this.#root
    for (const level of levels) node = node?.children?.get(level)
    return node
  }

  /** How many levels of the topic have no node yet. */
  #missing(levels: readonly string[]): number {
    let node = this.#root
    for (const [depth, level] of levels.entries()) {
      const child = node.children?.get(level)
      if (child === undefined) return levels.length - depth
      node = child
    }
    return 0
  }

  #make(levels: readonly string[]): Node {
    let node = this.#root
    for (const level of levels) {
      const children: Map<string, Node> = (node.children ??= new Map<string, Node>())
      let child = children.get(level)
      if (child === undefined) {
        children.set(level, (child = { children: undefined, message: undefined }))
        this.bytes += nodeBytes
      }
      node = child
    }
    return node
  }

  #remove(node: Node, levels: readonly string[], depth: number): void {
    if (depth === levels.length) {
      node.message = undefined
      return
    }
    const child = node.children?.get(levels[depth]!)
    if (child === undefined) return
    this.#remove(child, levels, depth + 1)
    if (child.children === undefined && child.message === undefined) {
      node.children!.delete(levels[depth]!)
      this.bytes -= nodeBytes
      if (node.children!.size === 0) node.children = undefined
    }
  }

  /** The retained messages whose topics the filter matches, those expired at `now` left out. */
  match(filter: readonly string[], now: number): RoutedMessage[] {
    const found: RoutedMessage[] = []
    this.#match(this.#root, filter, 0, now, found)
    return found
  }

  #match(node: Node, filter: readonly string[], depth: number, now: number, found: RoutedMessage[]): void {
    const level = filter[depth]
    if (level === undefined || level === '#') {
      if (node.message !== undefined && (node.message.expiresAt === 0 || node.message.expiresAt > now))
        found.push(node.message)
      if (level === undefined || node.children === undefined) return
    }
    if (node.children === undefined) return
    if (level !== '#' && level !== '+') {
      const child = node.children.get(level)
      if (child !== undefined) this.#match(child, filter, depth + 1, now, found)
      return
    }
    // [MQTT-4.7.2-1] a wildcard at the first level never matches `$…`.
    for (const [name, child] of node.children)
      if (node !== this.#root || !name.startsWith('$'))
        this.#match(child, filter, level === '#' ? depth : depth + 1, now, found)
  }

  /** Drops what has expired and gives it; for the sweep, which may call it as often as it likes. */
  expire(now: number): readonly RoutedMessage[] {
    if (now < this.#expiryDueAt || now - this.#expiredLastAt < expiryPauseMs) return []
    this.#expiredLastAt = now
    this.#expiryDueAt = Number.POSITIVE_INFINITY
    const expired: RoutedMessage[] = []
    const visit = ({ message, children }: Node): void => {
      if (message !== undefined && message.expiresAt !== 0) {
        if (message.expiresAt <= now) expired.push(message)
        else this.#expiryDueAt = Math.min(this.#expiryDueAt, message.expiresAt)
      }
      for (const child of children?.values() ?? []) visit(child)
    }
    visit(this.#root)
    for (const message of expired) {
      this.count -= 1
      this.bytes -= retainedBytesOf(message)
      this.#remove(this.#root, message.levels, 0)
    }
    return expired
  }
}
