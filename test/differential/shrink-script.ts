// Makes a failing script short: leaves out ever smaller pieces for as long as it goes on failing,
// then takes apart what one action does at once.
import type { Action } from './actions.ts'

/** Gives a script that fails as well, from which no single action can be left out (or what was
 *  reached after `triesMax` tries). */
export async function shrinkScript(
  script: readonly Action[],
  fails: (script: readonly Action[]) => Promise<boolean>,
  triesMax = 600,
): Promise<readonly Action[]> {
  let best = script
  let tries = 0
  const isBetter = async (candidate: readonly Action[]): Promise<boolean> => {
    if (tries++ >= triesMax || !(await fails(candidate))) return false
    best = candidate
    return true
  }
  const isBetterWithSmaller = async (index: number): Promise<boolean> => {
    for (const smaller of smallerActions(best[index]!)) if (await isBetter(best.with(index, smaller))) return true
    return false
  }
  for (let size = Math.ceil(script.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // From the end: what comes last depends on what came before.
    for (let start = best.length - size; start > -size; start -= size)
      await isBetter([...best.slice(0, Math.max(start, 0)), ...best.slice(Math.max(start, 0) + size)])
  }
  for (let index = 0; index < best.length; index++) while (await isBetterWithSmaller(index));
  return best
}

function smallerActions(action: Action): Action[] {
  const without = <Item>(items: readonly Item[]): Item[][] =>
    items.length < 2 ? [] : items.map((_, index) => items.toSpliced(index, 1))
  if (action.do === 'publish')
    return [
      ...without(action.messages).map((messages) => ({ ...action, messages })),
      ...(action.messages.some(({ properties }) => Object.keys(properties).length > 0)
        ? [{ ...action, messages: action.messages.map((message) => ({ ...message, properties: {} })) }]
        : []),
      ...(action.messages.some(({ alias }) => alias !== undefined)
        ? [{ ...action, messages: action.messages.map((message) => ({ ...message, alias: undefined })) }]
        : []),
    ]
  if (action.do === 'subscribe') return without(action.filters).map((filters) => ({ ...action, filters }))
  if (action.do === 'unsubscribe') return without(action.filters).map((filters) => ({ ...action, filters }))
  if (action.do === 'connect') return action.will === undefined ? [] : [{ ...action, will: undefined }]
  return []
}
