// Vehicles as people know them, groups, assignments and roles, as the API tells them.
import type { RegistryFields, VehicleAssignment, VehicleGroup } from '../../model/registry.ts'
import type { CustomRole } from '../../rights/permissions.ts'

/** GET /vehicles/{vehicle}/registry; PATCH RegistryPatch → RegistryView. */
export type RegistryView = { readonly [Name in keyof RegistryFields]: RegistryFields[Name] } & {
  readonly vehicle: string
  /** 0: nobody wrote anything. */
  readonly version: number
  /** False: the VIN is not for the caller, and `vin` is null whether there is one or not. */
  readonly isVinShown: boolean
  /** Values to look at again, by field. */
  readonly doubts: readonly { readonly field: string; readonly message: string }[]
}
/** Fields that are not there stay as they are. */
export type RegistryPatch = RegistryEdit & {
  /** The version that was read: with another one by now the edit is refused. */
  readonly version: number
}
export type RegistryEdit = Partial<Omit<RegistryFields, 'archivedAt'>> & { readonly archived?: boolean }

/** GET /groups → VehicleGroups; PUT /groups/{group} {name, parent} → GroupView; DELETE → 204. */
export type GroupView = Omit<VehicleGroup, 'tenant'>
export type VehicleGroups = { readonly rows: readonly GroupView[] }

/** GET /vehicles/{vehicle}/assignments; PUT and DELETE /vehicles/{vehicle}/assignments/{id}. */
export type AssignmentView = Omit<VehicleAssignment, 'tenant'>
export type VehicleAssignments = { readonly rows: readonly AssignmentView[] }

/** GET /roles; PUT and DELETE /roles/{role}. */
export type RoleView = Omit<CustomRole, 'tenant'>
export type CustomRoles = { readonly rows: readonly RoleView[] }

/** POST /registry?dryRun&skipFaulty with a body of text/csv; GET /registry gives such a file. */
export type RegistryImport = {
  readonly isStored: boolean
  readonly lines: number
  readonly made: number
  readonly changed: number
  readonly same: number
  readonly faulty: number
  readonly faults: readonly { readonly line: number; readonly column: string; readonly message: string }[]
}

/** POST /registry/edit → BulkEditResult. */
export type BulkEdit = {
  readonly select: {
    readonly vehicles?: readonly string[]
    readonly search?: string
    readonly group?: string
    readonly tag?: string
    readonly archived?: boolean
  }
  readonly edit: Partial<Pick<RegistryFields, 'kind' | 'make' | 'model' | 'year' | 'zone' | 'hours' | 'tariff'>> & {
    readonly addGroups?: readonly string[]
    readonly removeGroups?: readonly string[]
    readonly addTags?: readonly string[]
    readonly removeTags?: readonly string[]
    readonly archived?: boolean
  }
  readonly dryRun: boolean
}
export type BulkEditResult = { readonly isStored: boolean; readonly selected: number; readonly changed: number }
