// Files and functions are short enough to be read as one thought. How many parameters a function
// may have, the linter says (`max-params`).
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'vite'

const root = fileURLToPath(new URL('../', import.meta.url))

const fileLinesMax = 400
const functionLinesMax = 80

type Range = { readonly start: number; readonly end: number }
type Sized = { readonly line: number; readonly ownLines: number }

/** The functions of a text, inner ones first, by the line they begin on. Lines of a function within
 *  another are its own, all but the one it begins on: a factory is as long as what it says beside
 *  its methods. */
function functionsOf(file: string, text: string): Sized[] {
  const sized: Sized[] = []
  /** Lines of the functions within each function that is open, the text itself first. */
  const innerLines = [0]
  const enter = (): void => void innerLines.push(0)
  const leave = ({ start, end }: Range): void => {
    const lines = linesOf(text.slice(start, end))
    sized.push({ line: linesOf(text.slice(0, start)), ownLines: lines - (innerLines.pop() ?? 0) })
    innerLines.push((innerLines.pop() ?? 0) + lines - 1)
  }
  new Visitor({
    FunctionDeclaration: enter,
    'FunctionDeclaration:exit': leave,
    FunctionExpression: enter,
    'FunctionExpression:exit': leave,
    ArrowFunctionExpression: enter,
    'ArrowFunctionExpression:exit': leave,
  }).visit(parseSync(file, text).program)
  return sized
}

const linesOf = (text: string): number => text.split('\n').length

test('no file is so long that a reader gets lost in it', () => {
  const long = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx,css}', 'bench/**/*.ts', 'test/**/*.ts'], { cwd: root })
    .map((file) => [file, linesOf(readFileSync(join(root, file), 'utf8'))] as const)
    .filter(([, lines]) => lines > fileLinesMax)
  assert.deepEqual(long, [])
})

test('no function is so long that a reader gets lost in it', () => {
  const files = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: root }).filter(
    (file) => !/\.(test|testing|contract)\.ts$/.test(file),
  )
  assert.ok(files.length > 500, 'the sources were not found')
  const long = files.flatMap((file) =>
    functionsOf(file, readFileSync(join(root, file), 'utf8'))
      .filter(({ ownLines }) => ownLines > functionLinesMax)
      .map(({ line, ownLines }) => [`${file}:${line}`, ownLines] as const),
  )
  assert.deepEqual(long, [], 'split it by what it is about')
})

test('lines of a function are counted without those of the functions in it', () => {
  const text = `
const factory = () => {
  const inner = () => {
    return 1
  }
  return { inner, get: function () {
    return 2
  } }
}
class Held {
  method() {
    return [1].map((n) =>
      n + 1)
  }
}
export default function () {}`
  assert.deepEqual(functionsOf('it.ts', text), [
    { line: 3, ownLines: 3 },
    { line: 6, ownLines: 3 },
    { line: 2, ownLines: 4 },
    { line: 12, ownLines: 2 },
    { line: 11, ownLines: 3 },
    { line: 16, ownLines: 1 },
  ])
})
