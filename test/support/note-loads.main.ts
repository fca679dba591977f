// Loaded before a program of ours (`node --import`), in each of its threads: notes every file that
// is loaded there, a line each in the file that LOADS_NOTED names: the thread, a blank, the URL.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { isMainThread, workerData } from 'node:worker_threads'

const noted = process.env['LOADS_NOTED'] ?? ''
const thread = isMainThread ? 'main' : String(workerData)

registerHooks({
  load(url, context, next) {
    appendFileSync(noted, `${thread} ${url}\n`)
    return next(url, context)
  },
})
