// The mock's live feed: positions four times a second, each car once a second, and an alert now and
// then.
import type { ServerResponse } from 'node:http'
import type { Alert, PositionsEvent } from '../../src/api/contract.ts'
import { speedNow, type Fleet } from './mock-cars.ts'

export type MockLive = {
  /** With a vehicle, of that alone. */ join(response: ServerResponse, only?: string): void
  announce(alert: Alert): void
  stop(): void
}

const tickMs = 250
const groups = 4

export function openMockLive(fleet: Fleet): MockLive {
  const readers = new Map<ServerResponse, { greeted: boolean; readonly only: string | undefined }>()
  let turn = 0
  let eventId = 0

  const columns = (indexes: readonly number[], withNames: boolean): PositionsEvent => {
    const placed = indexes.filter((index) => fleet.cars[index]?.placed === true)
    const cars = placed.flatMap((index) => fleet.cars[index] ?? [])
    return {
      names: withNames
        ? indexes.flatMap((index) =>
            fleet.cars[index] === undefined ? [] : [[index, fleet.cars[index].vehicle] as const],
          )
        : [],
      number: placed,
      at: cars.map(({ at, offsetMs }) => at + offsetMs),
      receivedAt: cars.map(({ at }) => at),
      lat: cars.map(({ lat }) => Math.round(lat * 1e6)),
      lon: cars.map(({ lon }) => Math.round(lon * 1e6)),
      heading: cars.map(({ heading }) => Math.round(heading)),
      speedKmh: cars.map((car) => Math.round(speedNow(car) ?? -1)),
    }
  }
  const all = fleet.cars.map((_, index) => index)

  const timer = setInterval(() => {
    const nowAt = Date.now()
    turn = (turn + 1) % groups
    const moved = all.filter((index) => index % groups === turn && fleet.cars[index]?.silent === false)
    for (const index of moved) {
      const car = fleet.cars[index]
      if (car !== undefined) fleet.step(car, Math.min(5000, nowAt - car.at), nowAt)
    }
    const text = `event: positions\ndata: ${JSON.stringify(columns(moved, false))}\n\n`
    for (const [response, reader] of readers) {
      const { greeted, only } = reader
      const of = (indexes: readonly number[]): readonly number[] =>
        only === undefined ? indexes : indexes.filter((index) => fleet.cars[index]?.vehicle === only)
      if (greeted && only === undefined) response.write(text)
      else response.write(`event: positions\ndata: ${JSON.stringify(columns(of(greeted ? moved : all), !greeted))}\n\n`)
      reader.greeted = true
    }
  }, tickMs)

  return {
    join(response, only) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(`id: ${eventId}\n\n`)
      readers.set(response, { greeted: false, only })
      response.on('close', () => readers.delete(response))
    },
    announce(alert) {
      eventId++
      for (const response of readers.keys())
        response.write(`id: ${eventId}\nevent: alert\ndata: ${JSON.stringify({ id: alert.id, alert })}\n\n`)
    },
    stop() {
      clearInterval(timer)
      for (const response of readers.keys()) response.end()
    },
  }
}
