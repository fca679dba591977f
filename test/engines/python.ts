// Python with the packages of python.txt, which test/engines/install.sh has pip bring: once, beside
// what else this user keeps.
import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { keptFolder } from './jars.ts'

const packages = keptFolder('python', 'packages')

/** The environment in which python3 finds them: behind the folders given, and behind those that
 *  PYTHONPATH names already. */
export const pythonSettings = (...folders: readonly string[]): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: [...folders, process.env['PYTHONPATH'] ?? '', packages].filter((each) => each !== '').join(delimiter),
})

/** Why what needs the package cannot run here; false when it can. `check` is Python that ends well
 *  where the package will do. */
export const noPython = (name: string, check: string): string | false =>
  spawnSync('python3', ['-c', check], { env: pythonSettings() }).status !== 0 &&
  `python3 with ${name} is not there: \`npm run engines -- --install\` brings it`
