import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSseParser, type SseEvent } from './sse-parser.ts'

function parse(pieces: readonly string[]): { events: SseEvent[]; lastEventId: string } {
  const events: SseEvent[] = []
  const parser = createSseParser((event) => events.push(event))
  for (const piece of pieces) parser.push(piece)
  return { events, lastEventId: parser.lastEventId() }
}

test('an event has its name, its data and the last id seen', () => {
  const { events } = parse(['id: 7\nevent: alert\ndata: {"a":1}\n\n', 'event: positions\ndata: x\n\n'])
  assert.deepEqual(events, [
    { event: 'alert', data: '{"a":1}', id: '7' },
    { event: 'positions', data: 'x', id: '7' },
  ])
})

test('comments are passed over, several data lines are joined, an unfinished event waits', () => {
  const { events } = parse([': still here\n\ndata: one\ndata:two\nretry: 3000\n\ndata: never ended\n'])
  assert.deepEqual(events, [{ event: 'message', data: 'one\ntwo', id: '' }])
})

test('an event without data gives nothing, but its id is where to resume', () => {
  assert.deepEqual(parse(['id: p1\n\n']), { events: [], lastEventId: 'p1' })
  assert.equal(parse(['id: p1\n\nid: p2\n']).lastEventId, 'p1', 'an id counts once its event is complete')
})

test('any cut into pieces and any line ending gives the same events', () => {
  const lines = ['id: a', 'event: trip', 'data: {"x":"é✓"}', '', ': c', 'data: 1', 'data: 2', '', '']
  const expected = parse([lines.join('\n')]).events
  fc.assert(
    fc.property(fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat(60), { maxLength: 8 }), (ending, cuts) => {
      const text = lines.join(ending)
      const at = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length]
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end))
      assert.deepEqual(parse(pieces).events, expected)
    }),
  )
})

test('an event without an end is refused before it fills the memory', () => {
  const parser = createSseParser(() => undefined)
  const mebibyte = 'x'.repeat(1024 * 1024)
  assert.throws(() => {
    for (let sent = 0; sent < 64; sent++) parser.push(mebibyte)
  }, RangeError)
})

test('an empty piece between the two halves of a CRLF is none', () => {
  const events: unknown[] = []
  const parser = createSseParser(({ data }) => events.push(data))
  for (const piece of ['data: 1\r', '', '\ndata: 2\r\n\r\n']) parser.push(piece)
  assert.deepEqual(events, ['1\n2'])
})
