// Folders change places, from wherever an earlier try was cut.
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { switchFolders, type Folders } from './switch.ts'

const log = { folder: 'log', filling: 'log.moving' }
const derived = { folder: 'derived', filling: 'derived.moving' }
const state = { folder: 'kafka-state', filling: undefined }
const tables = { folder: 'postgres', filling: 'postgres.moving' }

type Case = {
  readonly from: Folders
  readonly to: Folders
  /** Folders with what is in them; empty: nothing but a lock. */
  readonly before: Readonly<Record<string, string>>
  readonly renamings: readonly (readonly [from: string, to: string])[]
  readonly after: Readonly<Record<string, string>>
  readonly kept: readonly string[]
}

const there: Case = {
  from: [log, derived, tables],
  to: [log, state],
  before: { log: 'old', derived: 'old', postgres: 'old', 'log.moving': 'new', 'kafka-state': 'new' },
  renamings: [
    ['log', 'log.before-x'],
    ['log.moving', 'log'],
    ['derived', 'derived.before-x'],
    ['postgres', 'postgres.before-x'],
  ],
  after: {
    'log.before-x': 'old',
    log: 'new',
    'derived.before-x': 'old',
    'postgres.before-x': 'old',
    'kafka-state': 'new',
  },
  kept: ['derived.before-x', 'log.before-x', 'postgres.before-x'],
}
const back: Case = {
  from: [log, state],
  to: [log, derived, tables],
  before: {
    log: 'old',
    'kafka-state': 'old',
    derived: '',
    postgres: '',
    'log.moving': 'new',
    'derived.moving': 'new',
    'postgres.moving': 'new',
  },
  renamings: [
    ['log', 'log.before-x'],
    ['log.moving', 'log'],
    ['kafka-state', 'kafka-state.before-x'],
  ],
  after: { 'log.before-x': 'old', log: 'new', 'kafka-state.before-x': 'old', derived: 'new', postgres: 'new' },
  kept: ['kafka-state.before-x', 'log.before-x'],
}

for (const [way, { from, to, before, renamings, after, kept }] of Object.entries({ there, back }))
  test(`${way}: from wherever it was cut, also when a start was refused meanwhile, all comes to its place`, () => {
    for (let cut = 0; cut <= renamings.length; cut += 1)
      for (const isTried of [false, true]) {
        const dir = mkdtempSync(join(tmpdir(), 'roadstream-switch-'))
        try {
          for (const [name, text] of Object.entries(before)) make(dir, name, text)
          for (const [one, other] of renamings.slice(0, cut)) renameSync(join(dir, one), join(dir, other))
          if (isTried)
            for (const name of ['log', 'derived', 'postgres']) mkdirSync(join(dir, name), { recursive: true })
          for (let time = 0; time < 2; time += 1) {
            assert.deepEqual(switchFolders(dir, 'x', from, to).toSorted(), kept, `cut ${cut}`)
            assert.deepEqual(contentsIn(dir), after, `cut ${cut}`)
          }
        } finally {
          rmSync(dir, { recursive: true, force: true })
        }
      }
  })

function make(dir: string, name: string, text: string): void {
  mkdirSync(join(dir, name))
  writeFileSync(join(dir, name, 'lock-00000000.sock'), '')
  if (text !== '') writeFileSync(join(dir, name, name.startsWith('postgres') ? 'cluster' : 'data.mdb'), text)
}

/** By folder, of those that hold data. */
function contentsIn(dir: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(dir))
    for (const file of ['data.mdb', 'cluster'])
      if (existsSync(join(dir, name, file))) found[name] = readFileSync(join(dir, name, file), 'utf8')
  return found
}
