// For tests of commands that draft files from an export: a folder of their own, and what a call
// says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { DraftDeps, DraftKind } from './draft-command.ts'

/** The folder goes when the tests of the file are over. */
export function openDraftTest(
  option: DraftKind['option'],
  command: (args: readonly string[], deps: DraftDeps) => Promise<number>,
) {
  const scratch = mkdtempSync(join(tmpdir(), `roadstream-${option}-`))
  after(() => rmSync(scratch, { recursive: true, force: true }))
  return {
    scratch,
    /** Gives the path of a file with that text. */
    write(name: string, text: string): string {
      writeFileSync(join(scratch, name), text)
      return join(scratch, name)
    },
    async say(...words: readonly string[]): Promise<{ out: string; err: string; code: number }> {
      const said = { out: '', err: '' }
      const code = await command([`--${option}`, ...words], {
        print: (text) => void (said.out += text),
        complain: (text) => void (said.err += text),
      })
      return { ...said, code }
    },
  }
}
