// Vehicles from a CSV file: tried first, with each fault by line and column, and then stored.
import { Dialog } from '@base-ui/react/dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId } from 'react'
import type { RegistryImport } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'
import { useSession } from '../session/session.tsx'
import { importFile } from './registry-queries.ts'
import { DialogFrame } from '../shell/dialog-frame.tsx'

/** The button and its dialog; nothing for who may not edit. */
export function ImportButton() {
  const { session } = useSession()
  if (!session.permissions.includes('vehicles:edit')) return null
  return (
    <Dialog.Root>
      <Dialog.Trigger className="button small">Import …</Dialog.Trigger>
      <DialogFrame
        title="Import vehicles"
        about="A CSV file, whose first line names the columns: vehicle, which is the id, and any of name, plate, make, model, year, kind, groups, tags and notes. It is tried first, and nothing is stored."
        testId="import"
      >
        <ImportForm />
      </DialogFrame>
    </Dialog.Root>
  )
}

function ImportForm() {
  const id = useId()
  const queryClient = useQueryClient()
  const tried = useMutation({ mutationFn: (file: Blob) => importFile(file, true) })
  const stored = useMutation({
    mutationFn: (file: Blob) => importFile(file, false),
    onSettled: () => queryClient.invalidateQueries(),
  })
  const file = tried.variables
  const result = stored.data ?? tried.data
  const error = stored.error ?? tried.error
  const take = (given: Blob | undefined): void => {
    stored.reset()
    if (given === undefined) tried.reset()
    else tried.mutate(given)
  }
  return (
    <>
      <div className="field">
        <label htmlFor={id}>File</label>
        <input id={id} type="file" accept=".csv,text/csv" onChange={({ target }) => take(target.files?.[0])} />
      </div>
      {tried.isPending ? <p role="status">Trying …</p> : null}
      {error === null ? null : (
        <p className="error" role="alert">
          {error.message}
        </p>
      )}
      {result === undefined ? null : <ImportResult result={result} />}
      {file === undefined || result === undefined || result.isStored || result.faulty > 0 ? null : (
        <button
          type="button"
          className="button primary"
          disabled={stored.isPending || result.made + result.changed === 0}
          onClick={() => stored.mutate(file)}
        >
          {stored.isPending ? 'Storing …' : 'Store'}
        </button>
      )}
    </>
  )
}

function ImportResult({ result }: { readonly result: RegistryImport }) {
  const { isStored, made, changed, same, faulty, faults } = result
  const vehicles = `${formatCount(made)} new, ${formatCount(changed)} changed, ${formatCount(same)} as before`
  return (
    <>
      <p role="status">
        {isStored
          ? `Stored: ${vehicles}.`
          : `${vehicles}${faulty === 0 ? '.' : `, ${formatCount(faulty)} with a fault.`}`}
      </p>
      {faults.length === 0 ? null : (
        <div className="table-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Column</th>
                <th scope="col">What to do</th>
              </tr>
            </thead>
            <tbody>
              {faults.map(({ line, column, message }) => (
                <tr key={`${line} ${column} ${message}`}>
                  <td>{line}</td>
                  <td>{column}</td>
                  <td>{message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
