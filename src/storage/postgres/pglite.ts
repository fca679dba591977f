// As much of PGlite as is used here. Its own types are not at hand where the package is not.

export type Pglite = {
  query(text: string, params?: readonly unknown[]): Promise<PgliteResult>
  /** Any number of statements. */
  exec(text: string): Promise<unknown>
  transaction(body: (transaction: Pick<Pglite, 'query'>) => Promise<void>): Promise<void>
  close(): Promise<void>
}

export type PgliteResult = {
  readonly rows: readonly unknown[]
  /** Of a copy to `/dev/blob`. */
  readonly blob?: Blob
}

export type PgliteModule = {
  readonly PGlite: {
    /** In memory without `fs`. */
    create(options?: { readonly fs: PgliteFiles; readonly startParams: readonly string[] }): Promise<Pglite>
    readonly defaultStartParams: readonly string[]
  }
}

/** Files of a database, and how Emscripten gets at them. */
export type PgliteFiles = {
  init(pglite: Pglite, options: EmscriptenOptions): Promise<{ readonly emscriptenOpts: EmscriptenOptions }>
}

export type EmscriptenOptions = { readonly preRun?: readonly ((module: object) => void)[] }

export type PgliteNodeFs = { readonly NodeFS: new (dir: string) => PgliteFiles }
