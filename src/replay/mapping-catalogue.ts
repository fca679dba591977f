// The mappings that come with Roadstream, in the folder `mappings` of the installation, and those a
// user names by their file.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accepted, refused, type Result } from '../base/errors.ts'
import { vssCatalogue, type Catalogue } from '../model/catalogue.ts'
import type { Mapping } from '../mapping/mapping.ts'
import type { MessageMapping } from '../mapping/messages/message-mapping.ts'
import { isOfMessages, noMessages, noRecordings, parseAnyMapping, type AnyMapping } from '../mapping/parse-mapping.ts'

const folder = fileURLToPath(new URL('../../mappings', import.meta.url))
const bytesMax = 1024 * 1024

/** The names of those that come with Roadstream. */
export const mappingNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort()

export const mappingList = (): string => listOf(({ from }) => from.form !== 'messages')

const listOf = (isListed: (mapping: AnyMapping) => boolean): string =>
  mappingNames()
    .map((name) => shippedAnyMapping(name))
    .filter(isListed)
    .map(({ name, about }) => `  ${name.padEnd(14)} ${about}`)
    .join('\n')

/** A mapping that comes with Roadstream; a test holds that all are sound. */
export function shippedAnyMapping(name: string): AnyMapping {
  const mapping = readMapping(join(folder, `${name}.json`), vssCatalogue)
  if (!mapping.ok) throw new TypeError(mapping.detail)
  return mapping.value
}

/** The same of recordings. */
export function shippedMapping(name: string): Mapping {
  const mapping = shippedAnyMapping(name)
  if (isOfMessages(mapping)) throw new TypeError(noRecordings(name))
  return mapping
}

/** A mapping by its name, or by its file where that ends in `.json`; the refusal lists what there
 *  is, or each fault of the file. */
export function findAnyMapping(nameOrFile: string, catalogue: Catalogue = vssCatalogue): Result<AnyMapping, 'mapping'> {
  if (nameOrFile.endsWith('.json')) return readMapping(nameOrFile, catalogue)
  return mappingNames().includes(nameOrFile)
    ? accepted(shippedAnyMapping(nameOrFile))
    : refused(
        'mapping',
        `There is no mapping "${nameOrFile}". A file of your own ends in .json. There are:\n${listOf(() => true)}`,
      )
}

/** The same of recordings. */
export function findMapping(nameOrFile: string, catalogue: Catalogue = vssCatalogue): Result<Mapping, 'mapping'> {
  const mapping = findAnyMapping(nameOrFile, catalogue)
  if (!mapping.ok) return mapping
  return isOfMessages(mapping.value) ? refused('mapping', noRecordings(nameOrFile)) : accepted(mapping.value)
}

/** The same of messages. */
export function findMessageMapping(
  nameOrFile: string,
  catalogue: Catalogue = vssCatalogue,
): Result<MessageMapping, 'mapping'> {
  const mapping = findAnyMapping(nameOrFile, catalogue)
  if (!mapping.ok) return mapping
  return isOfMessages(mapping.value) ? accepted(mapping.value) : refused('mapping', noMessages(nameOrFile))
}

function readMapping(file: string, catalogue: Catalogue): Result<AnyMapping, 'mapping'> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return refused('mapping', `The mapping ${file} cannot be read (${code}).`)
  }
  if (text.length > bytesMax)
    return refused('mapping', `${file} has more than ${bytesMax} characters: it is no mapping.`)
  return parseAnyMapping(text, basename(file), catalogue)
}
