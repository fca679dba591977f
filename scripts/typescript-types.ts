// Types of TypeScript from the OpenAPI document of the API: its schemas, and of each operation what
// it takes and gives. Just as much of JSON Schema as the API uses is known; anything else is
// refused, so that nothing is typed by mistake.
import assert from 'node:assert/strict'

type Schema = {
  readonly $ref?: string
  readonly 'x-instant'?: true
  readonly type?: string | readonly string[]
  readonly const?: string | number | boolean
  readonly enum?: readonly (string | number | boolean)[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema | false
  readonly prefixItems?: readonly Schema[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
}
type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: Schema }
type Media = { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }
type Operation = {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Media
  readonly responses: Readonly<Record<string, Media>>
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const head = `// Types of the Roadstream API. Written by scripts/write-client.ts from the OpenAPI document.

/** Epoch milliseconds, or RFC 3339 with an offset. */
export type Instant = number | string
`

/** The text of the file of types. */
export function typescriptTypes(document: object): string {
  const { paths, components } = document as Document
  const named = Object.entries(components.schemas).sort(([one], [other]) => (one < other ? -1 : 1))
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
    // Others send a browser on.
    .filter(({ operation }) => Object.keys(operation.responses).some((status) => status.startsWith('2')))
    .sort((one, other) => (one.operation.operationId < other.operation.operationId ? -1 : 1))
  const entries = operations.map(
    ({ operation }) =>
      `  ${operation.operationId}: { params: ${paramsOf(operation)}; body: ${bodyOf(operation)}; result: ${resultOf(operation)} }`,
  )
  const places = operations.map(({ path, method, operation }) => {
    return `  ${operation.operationId}: ['${method}', '${path}'],`
  })
  return [
    head,
    ...named.map(([name, schema]) => `export type ${name} = ${typeOf(schema)}\n`),
    `export type Operations = {\n${entries.join('\n')}\n}\n`,
    `export const operations = {\n${places.join('\n')}\n} as const satisfies Readonly<Record<keyof Operations, readonly [string, string]>>\n`,
  ].join('\n')
}

function paramsOf({ parameters = [] }: Operation): string {
  const given = parameters.filter((parameter) => parameter.in !== 'header' && parameter.name !== 'instants')
  const fields = given.map(({ name, required = false, schema }) =>
    fieldOf(name, required, schema['x-instant'] === true ? 'Instant' : typeOf(schema)),
  )
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`
}

const bodyOf = ({ requestBody }: Operation): string => jsonOf(requestBody) ?? 'undefined'

/** An answer that is no JSON is its text. */
function resultOf({ responses }: Operation): string {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const types = good.map(([, media]) => jsonOf(media) ?? (media.content === undefined ? 'undefined' : 'string'))
  return [...new Set(types)].join(' | ')
}

function jsonOf(media: Media | undefined): string | undefined {
  const schema = media?.content?.['application/json']?.schema
  return schema && typeOf(schema)
}

const fieldOf = (name: string, required: boolean, type: string): string =>
  `readonly ${/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`}${required ? '' : '?'}: ${type}`

function typeOf(schema: Schema): string {
  if (schema['x-instant'] === true) return 'number'
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' | ')
  if (typeof schema.type === 'object') return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ')
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return listOf(schema)
    case 'object':
      return objectOf(schema)
    case undefined:
      return 'unknown'
    default:
      assert.fail(`the generator knows no type ${schema.type}`)
  }
}

function listOf({ items, prefixItems }: Schema): string {
  if (prefixItems !== undefined) return `readonly [${prefixItems.map(typeOf).join(', ')}]`
  return items === undefined || items === false ? 'readonly unknown[]' : `readonly (${typeOf(items)})[]`
}

function objectOf({ properties = {}, required = [], additionalProperties, patternProperties = {} }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldOf(name, required.includes(name), typeOf(schema)),
  )
  const others = [
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
    ...Object.values(patternProperties),
  ]
  if (others.length > 0) return `Readonly<Record<string, ${[...new Set(others.map(typeOf))].join(' | ')}>>`
  return fields.length === 0 ? 'Readonly<Record<string, unknown>>' : `{ ${fields.join('; ')} }`
}
