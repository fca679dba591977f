// The settings of publishers that send by HTTP: where they come in, and the file with their proofs.
// Nothing of what that file holds is repeated in what is wrong with it.
import { statSync } from 'node:fs'
import type { Proof } from '../publishers/proof.ts'
import { isObject } from '../mapping/check.ts'
import { file, optionalAddress, type Address } from './setting.ts'
import type { SettingsReader } from './settings-reader.ts'
import { readQuietJson } from './text-file.ts'

/** Where they come in, and by mapping how they prove who they are. */
export type HttpPublishersConfig = { readonly listen: Address; readonly proofs: ReadonlyMap<string, Proof> }

export const httpPublisherSettings = {
  http: optionalAddress(
    'ROADSTREAM_PUBLISHERS_HTTP',
    '',
    'where publishers that send by HTTP come in, such as 127.0.0.1:8090',
  ),
  secrets: file(
    'ROADSTREAM_PUBLISHERS_SECRETS',
    'file that says by which secret or key each of them is known, by mapping (JSON)',
  ),
}

const { http, secrets } = httpPublisherSettings
/** As `openssl rand -hex 32` makes it; it is a part of a path. */
const secretForm = /^[A-Za-z0-9_-]{32,200}$/
const keyCharsMin = 16
const fields = { secret: true, key: true }
const charsMax = 1024 * 1024
/** Read, written or run by group or others, as ssh asks of a private key. */
const ofOthers = 0o077
const proofExample = '{ "owntracks": { "secret": "…" }, "smartcar": { "key": "…" } }'

/** `readers`: the names of the mappings that read requests; undefined where a mapping is wrong. */
export function httpPublishersConfig(
  reader: SettingsReader,
  readers: ReadonlySet<string> | undefined,
): HttpPublishersConfig | undefined {
  const { problems } = reader
  const listen = reader.take(http)
  const path = reader.take(secrets)
  if (!reader.isSet(http)) {
    if (path !== '') problems.push(`${secrets.name} is set, and ${http.name} is not: say where publishers come in`)
    return undefined
  }
  if (readers?.size === 0)
    problems.push(`${http.name} is set, and no mapping of ROADSTREAM_MAPPINGS reads HTTP: leave it out`)
  if (path === '') {
    problems.push(
      `${http.name} needs ${secrets.name}: a file that says how each publisher proves who it is, such as ${proofExample}`,
    )
    return undefined
  }
  const open = openToOthers(path)
  if (open !== undefined) reader.warnings.push(open)
  const proofs = readProofs(path, readers, problems)
  return listen === undefined ? undefined : { listen, proofs }
}

/** The proof of each mapping. `known`: the mappings that read requests; undefined where a
 *  mapping is wrong. */
function readProofs(
  path: string,
  known: ReadonlySet<string> | undefined,
  problems: string[],
): ReadonlyMap<string, Proof> {
  const proofs = new Map<string, Proof>()
  const wrong = (why: string): ReadonlyMap<string, Proof> => {
    problems.push(`${secrets.name} names ${path}: ${why}`)
    return proofs
  }
  const read = readQuietJson(path, 'list of secrets', charsMax, (key, depth) =>
    depth === 0 || key in fields ? key : '…',
  )
  if ('fault' in read) return wrong(`it ${read.fault}`)
  const { json } = read
  if (!isObject(json)) return wrong(`it is an object of mappings, such as ${proofExample}`)
  for (const [mapping, given] of Object.entries(json)) {
    const proof = readProof(given)
    if (typeof proof === 'string') wrong(`"${mapping}" ${proof}`)
    else proofs.set(mapping, proof)
    if (known !== undefined && !known.has(mapping))
      wrong(`"${mapping}" is no mapping of ROADSTREAM_MAPPINGS that reads HTTP`)
  }
  if (known !== undefined)
    for (const mapping of known)
      if (!(mapping in json))
        wrong(`"${mapping}" reads HTTP and has no secret there, so nobody could come in: give it one`)
  return proofs
}

/** A warning of a file that others than its owner may read; undefined where nobody else may, or
 *  where the system has no such rights. */
function openToOthers(path: string): string | undefined {
  const mode = process.platform === 'win32' ? undefined : statSync(path, { throwIfNoEntry: false })?.mode
  if (mode === undefined || (mode & ofOthers) === 0) return undefined
  return `${secrets.name} names ${path}, which others than its owner may use (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 600 it`
}

function readProof(given: unknown): Proof | string {
  if (!isObject(given)) return 'is an object with secret, key or both'
  const { secret, key, ...more } = given
  if (Object.keys(more).length > 0 || (secret === undefined && key === undefined))
    return 'is an object with secret, key or both, and nothing else'
  if (secret !== undefined && !(typeof secret === 'string' && secretForm.test(secret)))
    return 'has a secret that is none: 32 to 200 letters, digits, "_" or "-", such as `openssl rand -hex 32` makes'
  if (key !== undefined && !(typeof key === 'string' && key.length >= keyCharsMin))
    return `has a key that is none: the key of its signatures, of at least ${keyCharsMin} characters`
  return { ...(secret !== undefined && { secret }), ...(key !== undefined && { key }) }
}
