// How comments read: a sentence says its subject, and does not begin with a pronoun that stands for
// it; lines are short enough to be read beside others.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const files = globSync(['{src,bench,test}/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: root })

/** Comment lines have at most so many columns. */
const columnsMax = 100
/** Drawings and tables, directives, addresses, and comments with code behind them may have more. */
const wide = /[\u2500-\u25ff]|^\s*(?:\/\/ {2}|\* {3})|\S {3,}\S|oxlint-disable|https?:\/\/\S{60}|\*\/\s*\S/

/** Where sentences are not looked at. */
const unread: readonly RegExp[] = []

type Comment = { readonly file: string; readonly line: number; readonly text: string }

/** The comments of a file that stand on lines of their own, each as one text: those that follow
 *  each other are one. */
function commentsOf(file: string): { readonly lines: readonly Comment[]; readonly whole: readonly Comment[] } {
  const lines: Comment[] = []
  const whole: Comment[] = []
  let open: { line: number; texts: string[] } | undefined
  for (const [index, text] of [...readFileSync(join(root, file), 'utf8').split('\n'), ''].entries()) {
    const found = /^\s*(?:\/\/|\/\*\*?|\*)(?:\s+(.*?))?(?:\s*\*\/)?$/.exec(text)
    if (found === null || (text.trimStart().startsWith('/*') && open !== undefined)) {
      if (open !== undefined) whole.push({ file, line: open.line, text: open.texts.join(' ') })
      open = undefined
    }
    if (found === null) continue
    lines.push({ file, line: index + 1, text })
    open ??= { line: index + 1, texts: [] }
    open.texts.push(found[1] ?? '')
  }
  return { lines, whole }
}

test('comments are narrow enough to be read beside others', () => {
  assert.ok(files.length > 900, 'the sources were not found')
  const found = files.flatMap((file) =>
    commentsOf(file).lines.filter(({ text }) => text.length > columnsMax && !wide.test(text)),
  )
  assert.deepEqual(
    found.map(({ file, line }) => `${file}:${line}`),
    [],
  )
})

test('no sentence of a comment begins with a word that only stands for its subject', () => {
  const begins = /(?:^|[.!?] )(?:What|One that|Whoever)\b.{0,60}/g
  const found = files
    .filter((file) => !unread.some((folder) => folder.test(file)))
    .flatMap((file) => commentsOf(file).whole)
    .flatMap(({ file, line, text }) => [...text.matchAll(begins)].map(([sentence]) => `${file}:${line}: ${sentence}`))
  assert.deepEqual(found, [], 'begin with a noun or a verb of the field')
})
