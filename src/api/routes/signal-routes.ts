// The catalogue of signals: those of VSS, and those that overlays add.
import type { Catalogue } from '../../model/catalogue.ts'
import { answers, signedIn } from '../answers.ts'
import type { SignalCatalogue } from '../contract.ts'
import { named } from '../schemas.ts'
import { signalCatalogueSchema } from '../signal-schema.ts'
import type { Server } from '../server-types.ts'

export function registerSignalRoutes(server: Server, { signals }: Catalogue): void {
  server.get(
    '/signals',
    {
      config: { paced: true, needs: 'vehicles:read' },
      schema: {
        tags: ['vehicles'],
        operationId: 'listSignals',
        summary: 'The signals that are known by name: their types, units and ranges',
        response: answers({ status: 200, description: 'All of them', schema: named(signalCatalogueSchema) }, signedIn),
      },
    },
    async (): Promise<SignalCatalogue> => ({ signals }),
  )
}
