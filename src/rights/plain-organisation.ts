// An organisation without groups, assignments and roles of its own: every vehicle is known by its
// id alone.
import type { Organisation } from './sight.ts'

export const plainOrganisation: Organisation = {
  version: 0,
  groupsWithin: (_tenant, group) => [group],
  groupsOf: () => [],
  vehiclesIn: () => [],
  assignedTo: () => [],
  customRoles: [],
}
