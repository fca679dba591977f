// Fields that people wrote of a vehicle, and files of vehicles.
import { queryOptions } from '@tanstack/react-query'
import type { RegistryImport, RegistryView } from '../../../src/api/contract.ts'
import { getJson, sendText } from '../api/client.ts'

export const registryPath = (vehicle: string): string => `/vehicles/${encodeURIComponent(vehicle)}/registry`

export const registryQuery = (vehicle: string) =>
  queryOptions({
    queryKey: ['/registry', vehicle],
    queryFn: ({ signal }) => getJson<RegistryView>(registryPath(vehicle), {}, signal),
  })

export const importFile = (file: Blob, dryRun: boolean): Promise<RegistryImport> =>
  sendText<RegistryImport>('/registry', { dryRun }, file, 'text/csv')
