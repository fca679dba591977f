// `audit`: the entries of the audit held against their chain of hashes, from the machine itself,
// also beside a system that runs.
import { parseArgs } from 'node:util'
import { verifyChain } from '../audit/audit-chain.ts'
import type { Logger } from '../base/logger.ts'
import { openUsers } from '../compose/user-adapters.ts'
import type { Config } from '../config/config.ts'

const help = `roadstream audit verify [--tenant TENANT] [--expect HASH]: looks at every entry of the audit, of every tenant or of one. Prints the newest entry of each and its hash; keep that somewhere else.

  --expect HASH   one that was printed before: fails unless its entry is still there, which shows also an audit that was made anew, or was cut at its end. Needs --tenant where there are several

  Exit codes: 0 all entries are as they were written, 1 some are not, and the first is named, 2 called wrongly.
  Works while Roadstream runs, and while it does not.
`

export type AuditDeps = {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  readonly logger: Logger
}

/** The command. Rejects with an Outage where the tables cannot be read. */
export async function auditCommand(
  args: readonly string[],
  config: Config,
  { print, complain, logger }: AuditDeps,
): Promise<number> {
  const asked = readAsked(args)
  if (asked === 'help') {
    print(help)
    return 0
  }
  if (typeof asked === 'string') {
    complain(`roadstream audit: ${asked}.\n${help}`)
    return 2
  }
  await using opened = await openUsers(config, logger)
  const { audit } = opened
  const tenants = asked.tenant === undefined ? await audit.tenants() : [asked.tenant]
  if (asked.expect !== undefined && tenants.length > 1) {
    complain(`roadstream audit: name the tenant of the hash: one of ${tenants.join(', ')}.\n`)
    return 2
  }
  if (tenants.length === 0) print('There is no entry yet.\n')
  let isWhole = asked.expect === undefined || tenants.length === 1
  if (!isWhole) complain('There is no entry with that hash.\n')
  for (const tenant of tenants) {
    const verdict = await verifyChain(audit, tenant, asked.expect)
    if (verdict.isWhole) {
      const { base, head } = verdict.ends
      const removed = base.seq === 0 ? '' : `, those to ${base.seq} were removed because of their age`
      print(
        `${tenant}: ${verdict.entries} entries are as they were written${removed}. Newest: ${head.seq} ${head.hash}\n`,
      )
    } else {
      isWhole = false
      complain(`${tenant}: entry ${verdict.seq} is not as it was written: ${verdict.reason}.\n`)
    }
  }
  return isWhole ? 0 : 1
}

type Asked = { readonly tenant?: string | undefined; readonly expect?: string | undefined }

/** A text: what is wrong. */
function readAsked(args: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tenant: { type: 'string' },
        expect: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help === true) return 'help'
    if (positionals.join(' ') !== 'verify') return 'say what to do'
    if (values.expect !== undefined && !/^[0-9a-f]{64}$/.test(values.expect))
      return 'a hash has 64 digits and letters from a to f'
    return { tenant: values.tenant, expect: values.expect }
  } catch (error) {
    return (error as Error).message
  }
}
