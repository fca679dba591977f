import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { checkedOpening } from './checked-opening.ts'

test('a folder that cannot be looked into is named, with what to do', () => {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-opening-'))
  try {
    const file = join(dir, 'file')
    writeFileSync(file, 'in the place of a folder')
    mkdirSync(join(dir, 'data.mdb'))
    for (const [odd, remedy] of [
      [file, 'A part of its path is no folder: move that away'],
      [dir, 'Run this as the user that owns the folder'],
    ] as const)
      assert.throws(
        () => checkedOpening(odd),
        (error) =>
          error instanceof Outage &&
          error.code === 'LOG_UNAVAILABLE' &&
          error.message.startsWith(`${odd} cannot be used (E`) &&
          error.message.includes(remedy),
      )
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
