// Reads the file with the proofs of publishers that send by HTTP. Nothing of what it holds is repeated in what is wrong with it.
import { statSync } from 'node:fs'
import type { Proof } from './publishers/proof.ts'
import { isObject } from './mapping/check.ts'
import { readQuietJson } from './text-file.ts'

const setting = 'ROADSTREAM_PUBLISHERS_SECRETS'
/** As `openssl rand -hex 32` makes it; it is a part of a path. */
const secretForm = /^[A-Za-z0-9_-]{32,200}$/
const keyCharsMin = 16
const fields = { secret: true, key: true }
const charsMax = 1024 * 1024
/** Read, written or run by group or others, as ssh asks of a private key. */
const ofOthers = 0o077
export const proofExample = '{ "owntracks": { "secret": "…" }, "smartcar": { "key": "…" } }'

/** The proof of each mapping; what is wrong is added to `problems`. `known`: the mappings that read requests, where none of the settings before was wrong. */
export function readProofs(file: string, known: ReadonlySet<string> | undefined, problems: string[]): ReadonlyMap<string, Proof> {
  const proofs = new Map<string, Proof>()
  const wrong = (why: string): ReadonlyMap<string, Proof> => {
    problems.push(`${setting} names ${file}: ${why}`)
    return proofs
  }
  const read = readQuietJson(file, 'list of secrets', charsMax, (key, depth) => (depth === 0 || key in fields ? key : '…'))
  if ('fault' in read) return wrong(`it ${read.fault}`)
  const { json } = read
  if (!isObject(json)) return wrong(`it is an object of mappings, such as ${proofExample}`)
  for (const [mapping, given] of Object.entries(json)) {
    const proof = readProof(given)
    if (typeof proof === 'string') wrong(`"${mapping}" ${proof}`)
    else proofs.set(mapping, proof)
    if (known !== undefined && !known.has(mapping)) wrong(`"${mapping}" is no mapping of ROADSTREAM_MAPPINGS that reads HTTP`)
  }
  if (known !== undefined)
    for (const mapping of known)
      if (!(mapping in json)) wrong(`"${mapping}" reads HTTP and has no secret there, so nobody could come in: give it one`)
  return proofs
}

/** What is to be said of a file that others than its owner may read; undefined where nobody else may, or where the system has no such rights. */
export function openToOthers(file: string): string | undefined {
  const mode = process.platform === 'win32' ? undefined : statSync(file, { throwIfNoEntry: false })?.mode
  if (mode === undefined || (mode & ofOthers) === 0) return undefined
  return `${setting} names ${file}, which others than its owner may use (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 600 it`
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
