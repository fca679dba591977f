// The command lines of the programs in this folder. Options are known ones only, so no option is
// ever taken for a folder's name; pictures go where git does not look unless a folder is named.
import { fileURLToPath } from 'node:url'
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** Where the pictures of a program go by default: `test-results/NAME` of this checkout. */
export const picturesFolder = (name: string): string =>
  fileURLToPath(new URL(`../../test-results/${name}`, import.meta.url))

/** The options and words given. Ends the process with the usage for `--help` (exit code 0), and
 *  with what is wrong for an option it does not know or more than `wordsMax` words (exit code 2),
 *  before anything else is done. */
export function readCommandLine<const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
  wordsMax = 0,
) {
  if (process.argv.includes('--help')) {
    console.log(`Usage: node web/dev/${usage}`)
    process.exit(0)
  }
  try {
    const read = parseArgs({ options, allowPositionals: wordsMax > 0, strict: true })
    if (read.positionals.length <= wordsMax) return read
    throw new TypeError(`it takes at most ${wordsMax} words`)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nUsage: node web/dev/${usage}`)
    process.exit(2)
  }
}
