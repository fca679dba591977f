// Reads the file with the proofs of publishers that send by HTTP. Nothing of what it holds is repeated in what is wrong with it.
import type { Proof } from './gateway/publishers/proof.ts'
import { isObject } from './mapping/check.ts'
import { readQuietJson } from './text-file.ts'

const setting = 'ROADSTREAM_PUBLISHERS_SECRETS'
/** As `openssl rand -hex 32` makes it; it is a part of a path. */
const secretForm = /^[A-Za-z0-9_-]{32,200}$/
const keyCharsMin = 16
const charsMax = 1024 * 1024
export const proofExample = '{ "owntracks": { "secret": "…" }, "smartcar": { "key": "…" } }'

/** The proof of each mapping; what is wrong is added to `problems`. `known`: the mappings that read requests, where none of the settings before was wrong. */
export function readProofs(file: string, known: ReadonlySet<string> | undefined, problems: string[]): ReadonlyMap<string, Proof> {
  const proofs = new Map<string, Proof>()
  const wrong = (why: string): ReadonlyMap<string, Proof> => {
    problems.push(`${setting} names ${file}: ${why}`)
    return proofs
  }
  const read = readQuietJson(file, 'list of secrets', charsMax)
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
