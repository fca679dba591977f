// The tables of docs/rights.md: permissions by role, and what each route needs, as the code has
// them.
import { liveFeeds } from '../src/api/live/live-reader.ts'
import { feedNeeds } from '../src/api/live/live-sights.ts'
import { routesOf, type ApiDocument, type Operation } from '../src/api/route-rights.testing.ts'
import { allPermissions, builtInRoles, permissions, roles } from '../src/rights/permissions.ts'

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')

const needOf = ({ 'x-needs': needs, 'x-whole': whole, 'x-links': links }: Operation): string => {
  const words = needs?.includes(':') === true ? `\`${needs}\`` : (needs ?? 'nothing')
  return `${words}${whole === true ? ', over the whole tenant' : ''}${links === true ? '; also by a link' : ''}`
}

const head = `# Rights

A person, a program or a link has **grants**: a role over vehicles (all of the tenant, a group with those within it, one vehicle, or those assigned to the person) and for a time. What it may do is the sum of its
grants. A role is a set of permissions; a tenant may make roles of its own of the same permissions.

Everything is asked for one vehicle at a time: lists, counts, pages, the live feed and files hold the vehicles that are seen, as if there were no others. A time (\`from\`, \`until\`) is about when things
happened: a trip is seen when it lies whole within it, where a vehicle is now while it lasts. What belongs to no vehicle needs its permission over the whole tenant. What may not be seen answers
as what is not there (404).

These tables are written by \`node scripts/write-rights.ts\` from the code that decides, and a test holds them to it.

## Permissions of the built-in roles
`

/** The whole of docs/rights.md. */
export function rightsDocument(document: ApiDocument): string {
  const mayOf = (role: (typeof builtInRoles)[number], permission: string): boolean =>
    (roles[role].may as readonly string[]).includes(permission)
  return [
    head,
    table(
      ['permission', 'allows to', ...builtInRoles],
      allPermissions.map((permission) => [
        `\`${permission}\``,
        permissions[permission],
        ...builtInRoles.map((role) => (mayOf(role, permission) ? '✓' : '')),
      ]),
    ),
    '\n' + builtInRoles.map((role) => `- **${role}** ${roles[role].words}`).join('\n'),
    '\n## Routes\n',
    table(
      ['route', 'needs', 'gives'],
      routesOf(document).map(({ method, path, operation }) => [
        `\`${method} ${path.replace('/api/v1', '')}\``,
        needOf(operation),
        (operation.summary ?? '').replaceAll('|', '\\|'),
      ]),
    ),
    '\n## Feeds of `GET /live`\n',
    table(
      ['feed', 'needs'],
      liveFeeds.map((feed) => [`\`${feed}\``, `\`${feedNeeds[feed]}\``]),
    ),
    '',
  ].join('\n')
}
