// Signals against a second reader: cantools (Python, MIT). Databases and frames are made at random,
// with every order, length, sign, factor, word and multiplexer.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { noPython, pythonSettings } from '../../../test/engines/python.ts'
import { signalsOf } from './can-signal.ts'
import { parseDbc } from './dbc.ts'

const peer = `
import sys, json, warnings, cantools
warnings.simplefilter('ignore')
out = []
for case in json.load(sys.stdin):
    database = cantools.database.load_string(case['dbc'], 'dbc', strict=False)
    message = database.messages[0]
    try:
        values = message.decode(bytes.fromhex(case['hex']), allow_truncated=True)
        out.append({name: str(value) if isinstance(value, int) else repr(value) if isinstance(value, float) else str(value) for name, value in values.items()})
    except cantools.database.errors.DecodeError:
        out.append(None)
json.dump(out, sys.stdout)
`

const signal = fc.record({
  order: fc.constantFrom<'0' | '1'>('0', '1'),
  length: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constantFrom(1, 8, 16, 32, 64)),
  start: fc.integer({ min: 0, max: 63 }),
  sign: fc.constantFrom('+', '-'),
  factor: fc.constantFrom('1', '0.1', '0.25', '-2', '1E-3', '0.00390625'),
  offset: fc.constantFrom('0', '-40', '0.5', '1000'),
  isFloat: fc.boolean(),
  words: fc.uniqueArray(fc.integer({ min: -4, max: 7 }), { maxLength: 3 }),
  selectedBy: fc.integer({ min: 0, max: 3 }),
})

/** A length that leaves the signal within 64 bits. */
const fitted = ({ order, start, length }: { order: string; start: number; length: number }): number =>
  Math.min(length, order === '1' ? 64 - start : 64 - (start >> 3) * 8 - (7 - (start & 7)))

/** The bits of a signal, in the order of the frame's. */
const bitsOf = ({ order, start, length }: { order: string; start: number; length: number }): number[] => {
  const first = order === '1' ? start : (start >> 3) * 8 + (7 - (start & 7))
  return Array.from({ length }, (_, index) =>
    order === '1' ? start + index : ((first + index) >> 3) * 8 + (7 - ((first + index) & 7)),
  )
}

const database = fc
  .record({
    signals: fc.array(signal, { minLength: 2, maxLength: 12 }),
    multiplex: fc.constantFrom('none', 'simple', 'extended'),
    hex: fc
      .oneof(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map((bytes) => Buffer.from(bytes).toString('hex')),
    isExtended: fc.boolean(),
  })
  .map(({ signals, multiplex, hex, isExtended }) => {
    const id = isExtended ? 2_147_484_000 : 800
    const lines = [`BO_ ${id} Message: 8 Unit`]
    const more: string[] = []
    if (multiplex !== 'none') lines.push(' SG_ Mux M : 0|2@1+ (1,0) [0|0] "" Unit')
    if (multiplex === 'extended') lines.push(' SG_ Mux2 m1M : 2|2@1+ (1,0) [0|0] "" Unit')
    const used = new Map<number, Set<number>>()
    for (const [index, one] of signals.entries()) {
      const { order, start, sign, factor, offset, isFloat, words, selectedBy } = one
      const length = fitted(one)
      const isUnderSecond = multiplex === 'extended' && index % 2 === 1
      // The peer takes no signals that share bits, but where never both are selected.
      const group = multiplex === 'none' ? 0 : isUnderSecond ? 1 : selectedBy
      const others = used.get(group) ?? new Set(multiplex === 'none' ? [] : [0, 1, 2, 3, 4])
      const bits = bitsOf({ order, start, length })
      if (bits.some((bit) => others.has(bit))) continue
      used.set(group, new Set([...others, ...bits]))
      const name = `Signal${index}`
      lines.push(
        ` SG_ ${name} ${multiplex === 'none' ? '' : `m${selectedBy} `}: ${start}|${length}@${order}${sign} (${factor},${offset}) [0|0] "km/h" Unit`,
      )
      if (multiplex === 'extended')
        more.push(
          `SG_MUL_VAL_ ${id} ${name} ${isUnderSecond ? 'Mux2' : 'Mux'} ${selectedBy}-${isUnderSecond ? selectedBy + 1 : selectedBy};`,
        )
      if (isFloat && (length === 32 || length === 64))
        more.push(`SIG_VALTYPE_ ${id} ${name} : ${length === 32 ? 1 : 2};`)
      else if (words.length > 0)
        more.push(`VAL_ ${id} ${name} ${words.map((value) => `${value} "word ${value}"`).join(' ')} ;`)
    }
    // Each value selects something: the peer refuses a frame whose multiplexer selects nothing,
    // though the signals beside it are good.
    for (const by of multiplex === 'none' ? [] : multiplex === 'simple' ? ['Mux'] : ['Mux', 'Mux2'])
      for (let value = 0; value < 4; value++) {
        lines.push(` SG_ ${by}Is${value} m${value} : 4|1@1+ (1,0) [0|0] "" Unit`)
        if (multiplex === 'extended') more.push(`SG_MUL_VAL_ ${id} ${by}Is${value} ${by} ${value}-${value};`)
      }
    if (multiplex === 'extended') more.unshift(`SG_MUL_VAL_ ${id} Mux2 Mux 1-1;`)
    return {
      dbc: `VERSION ""\n\nNS_ :\n\nBS_:\n\nBU_: Unit\n\n${lines.join('\n')}\n\n${more.join('\n')}\n`,
      hex,
    }
  })

const isClose = (one: string, other: string): boolean => {
  if (one === other) return true
  const [a, b] = [Number(one), Number(other.replace('inf', 'Infinity').replace('nan', 'NaN'))]
  return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b), 1000)
}

test(
  'each signal of random databases is what cantools reads, by 2,000 frames',
  { skip: noPython('cantools', 'import cantools') },
  () => {
    const seed = Date.now() & 0x7f_ff_ff_ff
    const cases = fc.sample(database, { numRuns: 2000, seed })
    const { stdout, stderr } = spawnSync('python3', ['-c', peer], {
      env: pythonSettings(),
      input: JSON.stringify(cases),
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
    })
    assert.notEqual(stdout, '', stderr)
    const theirs = JSON.parse(stdout) as (Record<string, string> | null)[]
    let compared = 0
    for (const [index, { dbc, hex }] of cases.entries()) {
      const message = parseDbc(Buffer.from(dbc)).messages[0]
      assert.ok(message)
      const ours = signalsOf(message, Buffer.from(hex, 'hex'))
      const peers = theirs[index]
      // It refuses a frame that ends before its multiplexer.
      if (peers === null || peers === undefined) continue
      const context = `seed ${seed}, frame ${hex} of\n${dbc}`
      assert.deepEqual([...ours.keys()].toSorted(), Object.keys(peers).toSorted(), context)
      for (const [name, value] of ours)
        assert.ok(isClose(value, peers[name] ?? ''), `${name}: ${value}, and not ${peers[name]}; ${context}`)
      compared += ours.size
    }
    assert.ok(compared > 3000, `${compared} values were compared`)
  },
)
