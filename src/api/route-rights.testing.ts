// The routes of the API with their rights, from its OpenAPI document: for tests of all of them and
// for docs/rights.md.

type OperationSchema = {
  readonly $ref?: string
  readonly properties?: { readonly vehicle?: unknown; readonly rows?: { readonly items?: OperationSchema } }
}
type OperationAnswer = {
  readonly content?: Readonly<Record<string, { readonly schema?: OperationSchema }>>
}

/** An operation of the OpenAPI document, as far as rights go. */
export type Operation = {
  readonly operationId?: string
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly responses?: Readonly<Record<string, OperationAnswer>>
  readonly summary?: string
  readonly 'x-needs'?: string
  readonly 'x-whole'?: boolean
  readonly 'x-links'?: boolean
}
/** The OpenAPI document. */
export type ApiDocument = { readonly paths?: object }

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

export type RouteRights = { readonly method: string; readonly path: string; readonly operation: Operation }

/** Routes of the API, in order of their paths. */
export const routesOf = (document: ApiDocument): readonly RouteRights[] =>
  Object.entries<Partial<Record<string, Operation>>>({ ...document.paths })
    .filter(([path]) => path.startsWith('/api/v1/'))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([path, item]) =>
      methods.flatMap((method) => {
        const operation = item[method]
        return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }]
      }),
    )
