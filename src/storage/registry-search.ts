// The text in which a search for a vehicle looks: its id, and what people call it.
import { foldCase } from '../base/fold-case.ts'
import type { RegistryFields } from '../model/registry.ts'

export const searchedOf = ({
  vehicle,
  name,
  plate,
  tags,
}: Pick<RegistryFields, 'name' | 'plate' | 'tags'> & { readonly vehicle: string }): string =>
  foldCase([vehicle, name, plate, ...tags].filter((part) => part !== null).join('\n'))
