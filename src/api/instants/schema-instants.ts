// Instants within values, found by the schema alone: a field is an instant because its schema is
// marked as one (`instantMark`), never for its name or its looks.
import assert from 'node:assert/strict'
import { instantMark } from '../../read-models/schema-parts.ts'

/** A value in the place of another. */
export type InPlace = (value: unknown) => unknown

/** As much of JSON Schema as schemas of the API use. */
type Node = {
  readonly [instantMark]?: true
  readonly $ref?: string
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly anyOf?: readonly Node[]
}

/** The copy of a value of that schema in which each instant is changed; undefined where the schema
 *  has no instants. `resolve` gives the schema of a name. */
export function changeInstants(
  schema: object,
  change: InPlace,
  resolve: (name: string) => object,
): InPlace | undefined {
  const compile = (node: Node): InPlace | undefined => {
    if (node[instantMark] === true) return change
    if (node.$ref !== undefined) return compile(resolve(node.$ref.replace(/#$/, '')))
    if (node.anyOf !== undefined) return ofUnion(node.anyOf, compile)
    if (node.items !== undefined) return ofList(compile(node.items))
    return ofFields(Object.entries(node.properties ?? {}).map(([name, field]) => [name, compile(field)]))
  }
  return compile(schema)
}

/** Of several composite branches it would have to be guessed which one a value is of. */
function ofUnion(branches: readonly Node[], compile: (node: Node) => InPlace | undefined): InPlace | undefined {
  const changes = branches.map((branch) => compile(branch)).filter((change) => change !== undefined)
  const composite = branches.filter(({ properties, items, $ref }) => (properties ?? items ?? $ref) !== undefined)
  assert.ok(changes.length === 0 || composite.length <= 1, 'a union with instants has one branch of fields or items')
  return changes[0]
}

const ofList = (change: InPlace | undefined): InPlace | undefined =>
  change === undefined ? undefined : (value) => (Array.isArray(value) ? value.map((item) => change(item)) : value)

function ofFields(fields: readonly (readonly [name: string, change: InPlace | undefined])[]): InPlace | undefined {
  const changed = fields.flatMap(([name, change]) => (change === undefined ? [] : [[name, change] as const]))
  if (changed.length === 0) return undefined
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const copy: Record<string, unknown> = { ...value }
    for (const [name, change] of changed) if (name in copy) copy[name] = change(copy[name])
    return copy
  }
}
