// For tests: several gateways, joined by a mesh, as the one they are to their clients. Connections
// go round them.
import { addUpReasonCodes } from '../model/reason-code-count.ts'
import type { Gateway } from './gateway.ts'

export function joinGateways(gateways: readonly Gateway[]): Gateway {
  const [first] = gateways
  if (first === undefined) throw new RangeError('There is at least one gateway.')
  if (gateways.length === 1) return first
  let turn = 0
  const sum = (count: (gateway: Gateway) => number): number =>
    gateways.reduce((total, gateway) => total + count(gateway), 0)
  return {
    addresses: first.addresses,
    get port() {
      return gateways[turn++ % gateways.length]!.port
    },
    connectionCount: () => sum((gateway) => gateway.connectionCount()),
    arrivalCount: () => sum((gateway) => gateway.arrivalCount()),
    ackLatency: () => first.ackLatency(),
    disconnects() {
      const all: Record<string, number> = {}
      for (const gateway of gateways)
        for (const [reason, count] of Object.entries(gateway.disconnects())) all[reason] = (all[reason] ?? 0) + count
      return all
    },
    reasonCodes: () => addUpReasonCodes(gateways.flatMap((gateway) => gateway.reasonCodes())),
    sessions: first.sessions,
    publish: (...given) => first.publish(...given),
    drain: async (options) => void (await Promise.all(gateways.map((gateway) => gateway.drain(options)))),
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()))),
  }
}
