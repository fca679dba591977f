// Circles of imports, type imports included. Files in one circle are read and changed together, so
// a circle stays small enough to be one thought.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const src = resolve(fileURLToPath(import.meta.url), '../../src')
/** A car of the simulator and its parts are one. */
const circleFilesMax = 8

const importPattern = /(?:\bfrom|^\s*import|\bimport\()\s*['"](\.[^'"]+)['"]/gm

type Graph = ReadonlyMap<string, readonly string[]>

function importsOf(file: string): string[] {
  const found = [...readFileSync(join(src, file), 'utf8').matchAll(importPattern)].map((match) => match[1]!)
  return found.map((specifier) => relative(src, resolve(src, dirname(file), specifier)))
}

/** The circles of the graph, as Tarjan finds strongly connected components: each file is visited
 *  once. */
function circlesOf(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const circles: string[][] = []

  function visit(file: string): void {
    order.set(file, order.size)
    lowest.set(file, order.get(file)!)
    open.push(file)
    isOpen.add(file)
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) {
        visit(target)
        lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!))
      } else if (isOpen.has(target)) lowest.set(file, Math.min(lowest.get(file)!, order.get(target)!))
    }
    if (lowest.get(file) !== order.get(file)) return
    const circle = open.splice(open.indexOf(file))
    for (const each of circle) isOpen.delete(each)
    if (circle.length > 1) circles.push(circle.sort())
  }

  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return circles
}

test('a circle is found whatever leads into it and out of it', () => {
  const graph = new Map(Object.entries({ a: ['b'], b: ['c', 'e'], c: ['d'], d: ['b'], e: [], f: ['e', 'g'], g: ['f'] }))
  assert.deepEqual(circlesOf(graph), [
    ['b', 'c', 'd'],
    ['f', 'g'],
  ])
})

test('no circle of imports has so many files that it is no longer one thought', () => {
  const files = globSync('**/*.ts', { cwd: src })
  assert.ok(files.length > 300, 'the sources were not found')
  const circles = circlesOf(new Map(files.map((file) => [file, importsOf(file)])))
  assert.deepEqual(
    circles.filter(({ length }) => length > circleFilesMax),
    [],
  )
})
