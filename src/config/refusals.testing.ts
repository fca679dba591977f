// For tests: the settings are refused, and this is why.
import assert from 'node:assert/strict'
import { readConfig } from './config.ts'

/** `problems`: how each line of the refusal begins, and there is no other. */
export function assertRefused(given: Parameters<typeof readConfig>[0], problems: readonly string[]): void {
  const refused = readConfig(given)
  assert.ok(!refused.ok)
  const lines = refused.detail.split('\n')
  assert.equal(lines.length, problems.length, refused.detail)
  for (const [index, problem] of problems.entries()) assert.ok(lines[index]?.startsWith(problem), lines[index])
}
