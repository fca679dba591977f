// The one table of rights: permissions, and which role has them. Every route and live feed
// names what it needs of these; nothing else decides.

/** Permissions, each with what it allows, for a person. */
export const permissions = {
  'vehicles:read': 'see which vehicles there are, their names and their last values',
  'places:read': 'see where vehicles are and were',
  'trips:read': 'see trips, without their places unless places may be seen',
  'alerts:read': 'see alerts',
  'quality:read': 'see what became of messages, and what vehicles send that cannot be right',
  'messages:read': 'see messages as vehicles sent them, places among them',
  'vins:read': 'see vehicle identification numbers',
  'vehicles:edit': 'change names, groups, tags and notes of vehicles, import and archive them',
  'drivers:assign': 'say who drives which vehicle and when',
  'vehicles:provision': 'make and revoke the credentials of vehicles',
  'vehicles:forget': 'erase a vehicle or a person',
  'shares:make': 'give somebody a link to a vehicle for a time',
  'exports:take': 'take lists away as files',
  'refused:read': 'see refused messages',
  'refused:replay': 'send refused messages again',
  'clients:read': 'see the MQTT sessions of clients',
  'clients:end': 'close connections of clients and end their sessions',
  'system:read': 'see how the system does; of the tenant of the installation alone',
  'metrics:read': 'read the metrics of the installation; of the tenant of the installation alone',
  'people:manage': 'invite people, give them roles, reset their passwords',
  'programs:manage': 'make and revoke the tokens of programs',
  'audit:read': 'see who did what',
  'tenants:manage': 'make tenants; of the tenant of the installation alone',
} as const satisfies Readonly<Record<string, string>>

export type Permission = keyof typeof permissions
/** Permissions of the installation as a whole: they are nothing in a tenant other than its own. */
export const installationPermissions: ReadonlySet<Permission> = new Set([
  'system:read',
  'metrics:read',
  'tenants:manage',
])
export const allPermissions: readonly Permission[] = Object.keys(permissions) as Permission[]

const seeing = ['vehicles:read', 'places:read', 'trips:read', 'alerts:read'] as const

/** Permissions that reach beyond what one is given: whoever has them makes others of them. */
export const overPeople = ['people:manage', 'programs:manage', 'tenants:manage'] as const satisfies Permission[]

/** The roles that there always are. A tenant makes others of the same permissions. */
export const roles = {
  viewer: { words: 'looks on', may: [...seeing, 'quality:read', 'messages:read', 'system:read', 'clients:read'] },
  driver: { words: 'sees the vehicles assigned to him, while they are', may: [...seeing] },
  dispatcher: { words: 'sends drivers out', may: [...seeing, 'drivers:assign', 'shares:make'] },
  analyst: { words: 'evaluates', may: [...seeing, 'quality:read', 'messages:read', 'exports:take', 'system:read'] },
  technician: {
    words: 'keeps vehicles going, without seeing where they are',
    may: ['vehicles:read', 'vins:read', 'alerts:read', 'quality:read', 'vehicles:provision', 'refused:read'],
  },
  operator: {
    words: 'runs the system and the fleet, but not its people',
    may: [
      ...seeing,
      'quality:read',
      'messages:read',
      'vins:read',
      'vehicles:edit',
      'drivers:assign',
      'vehicles:provision',
      'shares:make',
      'exports:take',
      'refused:read',
      'refused:replay',
      'clients:read',
      'clients:end',
      'system:read',
      'metrics:read',
    ],
  },
  administrator: { words: 'may do everything', may: allPermissions },
} as const satisfies Readonly<Record<string, { readonly words: string; readonly may: readonly Permission[] }>>

export type BuiltInRole = keyof typeof roles
export const builtInRoles: readonly BuiltInRole[] = Object.keys(roles) as BuiltInRole[]

export const isBuiltInRole = (name: string): name is BuiltInRole => Object.hasOwn(roles, name)

/** A role that a tenant made of permissions. */
export type CustomRole = { readonly tenant: string; readonly name: string; readonly may: readonly Permission[] }

/** Permissions of a role of the tenant; none where there is no such role (any more). */
export const permissionsOf = (role: string, custom: readonly CustomRole[], tenant: string): readonly Permission[] =>
  isBuiltInRole(role)
    ? roles[role].may
    : (custom.find((each) => each.tenant === tenant && each.name === role)?.may ?? [])
