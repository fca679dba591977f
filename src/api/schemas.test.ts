// The schemas are the contract's types: a difference is an error of the compiler, here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as audit from './audit/audit-schemas.ts'
import type * as clients from './client-session-schemas.ts'
import type * as contract from './contract.ts'
import type * as registry from './registry-schemas.ts'
import type * as programs from './programs/program-schemas.ts'
import type * as people from './people/people-schemas.ts'
import type * as series from './series-schema.ts'
import type * as signals from './signal-schema.ts'
import type * as shares from './shares/share-schemas.ts'
import type * as vehicles from './vehicle-schemas.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels } from '../read-models/read-models.ts'
import type { tripSumShape } from '../read-models/trips/trip-sums.ts'
import * as schemas from './schemas.ts'

test('every schema documents exactly its type in the contract', () => {
  const same: [
    schemas.AsDocumented<typeof schemas.problemSchema, contract.Problem>,
    schemas.AsDocumented<typeof vehicles.vehicleRowSchema, contract.VehicleRow>,
    schemas.AsDocumented<typeof vehicles.vehicleDetailSchema, contract.VehicleDetail>,
    schemas.AsDocumented<typeof signals.signalCatalogueSchema, contract.SignalCatalogue>,
    schemas.AsDocumented<typeof series.signalSeriesSchema, contract.SignalSeries>,
    schemas.AsDocumented<typeof tripSumShape, contract.TripSum>,
    schemas.AsDocumented<typeof schemas.trackSchema, contract.TrackColumns>,
    schemas.AsDocumented<typeof schemas.rawMessageSchema, contract.RawMessage>,
    schemas.AsDocumented<typeof schemas.systemSchema, contract.SystemState>,
    schemas.AsDocumented<typeof schemas.streetMapSchema, contract.StreetMap>,
    schemas.AsDocumented<typeof schemas.setupStateSchema, contract.SetupState>,
    schemas.AsDocumented<typeof schemas.setupRequestSchema, contract.SetupRequest>,
    schemas.AsDocumented<typeof schemas.credentialsSchema, contract.Credentials>,
    schemas.AsDocumented<typeof schemas.sessionSchema, contract.SessionInfo>,
    schemas.AsDocumented<typeof schemas.identityProviderStateSchema, contract.IdentityProviderState>,
    schemas.AsDocumented<typeof clients.clientSessionSchema, contract.ClientSession>,
    schemas.AsDocumented<typeof clients.clientSessionDetailSchema, contract.ClientSessionDetail>,
    schemas.AsDocumented<typeof clients.disconnectionSchema, contract.Disconnection>,
    schemas.AsDocumented<typeof audit.auditRowSchema, contract.AuditRow>,
    schemas.AsDocumented<typeof audit.auditVerificationSchema, contract.AuditVerification>,
    schemas.AsDocumented<typeof audit.disclosureSchema, contract.DisclosureRow>,
    schemas.AsDocumented<typeof shares.shareSchema, contract.ShareInfo>,
    schemas.AsDocumented<typeof shares.madeShareSchema, contract.MadeShare>,
    schemas.AsDocumented<typeof shares.shareRequestSchema, contract.ShareRequest>,
    schemas.AsDocumented<typeof shares.sharedVehicleSchema, contract.SharedVehicle>,
    schemas.AsDocumented<typeof registry.registryViewSchema, contract.RegistryView>,
    schemas.AsDocumented<typeof registry.registryPatchSchema, contract.RegistryPatch>,
    schemas.AsDocumented<typeof registry.groupSchema, contract.GroupView>,
    schemas.AsDocumented<typeof registry.groupsSchema, contract.VehicleGroups>,
    schemas.AsDocumented<typeof registry.assignmentSchema, contract.AssignmentView>,
    schemas.AsDocumented<typeof registry.assignmentsSchema, contract.VehicleAssignments>,
    schemas.AsDocumented<typeof registry.roleSchema, contract.RoleView>,
    schemas.AsDocumented<typeof registry.rolesSchema, contract.CustomRoles>,
    schemas.AsDocumented<typeof programs.grantSchema, contract.Grant>,
    schemas.AsDocumented<typeof programs.programSchema, contract.ProgramInfo>,
    schemas.AsDocumented<typeof programs.programRequestSchema, contract.ProgramRequest>,
    schemas.AsDocumented<typeof programs.tokenRequestSchema, contract.TokenRequest>,
    schemas.AsDocumented<typeof programs.madeTokenSchema, contract.MadeToken>,
    schemas.AsDocumented<typeof registry.registryImportSchema, contract.RegistryImport>,
    schemas.AsDocumented<typeof registry.bulkEditSchema, contract.BulkEdit>,
    schemas.AsDocumented<typeof registry.bulkEditResultSchema, contract.BulkEditResult>,
    schemas.AsDocumented<typeof people.personSchema, contract.PersonInfo>,
    schemas.AsDocumented<typeof people.grantsRequestSchema, contract.GrantsRequest>,
    schemas.AsDocumented<typeof people.accessRequestSchema, contract.AccessRequest>,
    schemas.AsDocumented<typeof people.invitationListSchema, contract.InvitationList>,
    schemas.AsDocumented<typeof people.invitationRequestSchema, contract.InvitationRequest>,
    schemas.AsDocumented<typeof people.madeAccountLinkSchema, contract.MadeAccountLink>,
    schemas.AsDocumented<typeof people.accountLinkTokenSchema, contract.AccountLinkToken>,
    schemas.AsDocumented<typeof people.accountLinkInfoSchema, contract.AccountLinkInfo>,
    schemas.AsDocumented<typeof people.accountLinkUseSchema, contract.AccountLinkUse>,
    schemas.AsDocumented<typeof people.signInListSchema, contract.SignInList>,
    schemas.AsDocumented<typeof people.passwordRequestSchema, contract.PasswordRequest>,
  ] = [
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
    true,
  ]
  // The types of read models are made from their shapes.
  const shapes = Object.values<AnyModel>(readModels).filter(({ routes }) => routes !== undefined)
  assert.equal(same.length + shapes.length, schemas.namedSchemas.length, 'a named schema is compared with no type')
})
