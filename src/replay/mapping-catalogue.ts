// The mappings that come with Roadstream, in the folder `mappings` of the installation, and those a user names by their file.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accepted, refused, type Result } from '../base/errors.ts'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { parseMapping } from '../mapping/parse-mapping.ts'

const folder = fileURLToPath(new URL('../../mappings', import.meta.url))
const bytesMax = 1024 * 1024

/** The names of those that come with Roadstream. */
export const mappingNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort()

export const mappingList = (): string =>
  mappingNames()
    .map((name) => `  ${name.padEnd(14)} ${shippedMapping(name).about}`)
    .join('\n')

/** One that comes with Roadstream; a test holds that all are sound. */
export function shippedMapping(name: string): Mapping {
  const mapping = readMapping(join(folder, `${name}.json`), vssCatalogue)
  if (!mapping.ok) throw new TypeError(mapping.detail)
  return mapping.value
}

/** A mapping by its name, or by its file where that ends in `.json`; the refusal lists what there is, or each fault of the file. */
export function findMapping(nameOrFile: string, catalogue: Catalogue = vssCatalogue): Result<Mapping, 'mapping'> {
  if (nameOrFile.endsWith('.json')) return readMapping(nameOrFile, catalogue)
  return mappingNames().includes(nameOrFile)
    ? accepted(shippedMapping(nameOrFile))
    : refused('mapping', `There is no mapping "${nameOrFile}". A file of your own ends in .json. There are:\n${mappingList()}`)
}

function readMapping(file: string, catalogue: Catalogue): Result<Mapping, 'mapping'> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return refused('mapping', `The mapping ${file} cannot be read (${code}).`)
  }
  if (text.length > bytesMax) return refused('mapping', `${file} has more than ${bytesMax} characters: it is no mapping.`)
  return parseMapping(text, basename(file), catalogue)
}
