// Reads the file with the proofs of publishers that send by HTTP. Nothing of what it holds is repeated in what is wrong with it.
import { readFileSync } from 'node:fs'
import type { Proof } from './gateway/publishers/proof.ts'

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
  let json: unknown
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length > charsMax) return wrong(`it has more than ${charsMax} characters`)
    json = JSON.parse(text)
  } catch (error) {
    // What the parser says quotes the text.
    if (error instanceof SyntaxError) return wrong('it is no JSON')
    return wrong(
      `it cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : String(error)}): give a file that is there`,
    )
  }
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

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
