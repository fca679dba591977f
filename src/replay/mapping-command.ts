// `roadstream mapping test`: the mappings that come with Roadstream, or a user's own, checked and
// held against their examples.
import type { Catalogue } from '../model/catalogue.ts'
import { exampleFaults } from '../mapping/examples.ts'
import { findAnyMapping, mappingNames } from './mapping-catalogue.ts'

export type MappingDeps = {
  readonly catalogue: Catalogue
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

const usage = `roadstream mapping test [NAME|FILE.json …]

Checks mappings and runs the examples in them: rows or messages in, samples out. Without a name: those that come with Roadstream.

Exit code: 0 when all are right, 1 when something is wrong, 2 when it was called wrongly.
`

/** Runs the command and gives the exit code. `args` are the words after `mapping`. */
export async function mappingCommand(
  args: readonly string[],
  { catalogue, print, complain }: MappingDeps,
): Promise<number> {
  const [verb, ...named] = args
  if (args.includes('--help') || args.includes('-h')) {
    print(usage)
    return 0
  }
  const option = named.find((word) => word.startsWith('-'))
  if (verb !== 'test' || option !== undefined) {
    complain(`roadstream mapping: ${option === undefined ? 'say `test`' : `there is no option ${option}`}.\n\n${usage}`)
    return 2
  }
  let isRight = true
  for (const name of named.length === 0 ? mappingNames() : named) {
    const mapping = findAnyMapping(name, catalogue)
    const faults = mapping.ok
      ? exampleFaults(mapping.value, catalogue).map((fault) => `${name}: ${fault}`)
      : [mapping.detail]
    if (faults.length > 0) isRight = false
    const count = mapping.ok ? (mapping.value.examples?.length ?? 0) : 0
    if (faults.length > 0) complain(`${faults.join('\n')}\n`)
    else
      print(
        `${name}: ${count === 0 ? 'sound, without an example' : `${count} ${count === 1 ? 'example' : 'examples'} right`}\n`,
      )
  }
  return isRight ? 0 : 1
}
