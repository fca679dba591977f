// Fields that people wrote of a vehicle: its name and plate for everybody who sees it, and the form
// by which they are changed.
import { Dialog } from '@base-ui/react/dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { RegistryPatch, RegistryView } from '../../../src/api/contract.ts'
import { ApiError, sendJson } from '../api/client.ts'
import { none } from '../format/units.ts'
import { useSession } from '../session/session.tsx'
import { TextField } from '../session/text-field.tsx'
import { Figure } from '../shell/figure.tsx'
import { Failed, Loading } from '../shell/page-states.tsx'
import { registryPath, registryQuery } from './registry-queries.ts'
import { DialogFrame } from '../shell/dialog-frame.tsx'

type Props = { readonly vehicle: string }

export function RegistryFigures({ vehicle }: Props) {
  const { data } = useQuery(registryQuery(vehicle))
  if (data === undefined) return null
  return (
    <>
      <Figure name="Name">{data.name ?? none}</Figure>
      <Figure name="Plate">{data.plate ?? none}</Figure>
    </>
  )
}

/** The button and its dialog; nothing for who may not edit. */
export function EditButton({ vehicle }: Props) {
  const { session } = useSession()
  const [isOpen, setIsOpen] = useState(false)
  if (!session.permissions.includes('vehicles:edit')) return null
  return (
    <Dialog.Root open={isOpen} onOpenChange={setIsOpen}>
      <Dialog.Trigger className="button small">Edit …</Dialog.Trigger>
      <DialogFrame title={`Edit ${vehicle}`} about="What people know this vehicle by." testId="registry">
        <Loaded vehicle={vehicle} done={() => setIsOpen(false)} />
      </DialogFrame>
    </Dialog.Root>
  )
}

function Loaded({ vehicle, done }: Props & { readonly done: () => void }) {
  const { data, error, refetch } = useQuery(registryQuery(vehicle))
  if (data !== undefined) return <RegistryForm key={data.version} read={data} done={done} />
  if (error === null) return <Loading what="the vehicle" />
  return <Failed what="vehicle" error={error} retry={() => void refetch()} />
}

const fields = [
  { name: 'name', label: 'Name' },
  { name: 'plate', label: 'Number plate' },
  { name: 'make', label: 'Make' },
  { name: 'model', label: 'Model' },
  { name: 'vin', label: 'VIN', help: 'Shown to those alone who may see it.' },
  { name: 'notes', label: 'Notes' },
] as const

function RegistryForm({ read, done }: { readonly read: RegistryView; readonly done: () => void }) {
  const queryClient = useQueryClient()
  const [written, setWritten] = useState<Readonly<Record<string, string>>>({})
  const [year, setYear] = useState(read.year === null ? '' : String(read.year))
  const [tags, setTags] = useState(read.tags.join(', '))
  const saved = useMutation({
    mutationFn: (patch: RegistryPatch) => sendJson<RegistryView>('PATCH', registryPath(read.vehicle), patch),
    onSuccess(view) {
      queryClient.setQueryData(registryQuery(read.vehicle).queryKey, view)
      done()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    saved.mutate({
      ...written,
      version: read.version,
      year: year.trim() === '' ? null : Number(year),
      tags: tags.split(',').filter((tag) => tag.trim() !== ''),
    })
  }
  const faults = saved.error instanceof ApiError ? saved.error.fields : []
  const faultOf = (name: string): string | undefined => faults.find(({ field }) => field === name)?.message
  const isChangedMeanwhile = saved.error instanceof ApiError && saved.error.kind === 'changed-meanwhile'
  return (
    <form onSubmit={submit} noValidate>
      {fields.map(({ name, ...field }) =>
        name === 'vin' && !read.isVinShown ? null : (
          <TextField
            key={name}
            {...field}
            value={written[name] ?? read[name] ?? ''}
            error={faultOf(name) ?? read.doubts.find((doubt) => doubt.field === name)?.message}
            onChange={({ target }) => setWritten({ ...written, [name]: target.value })}
          />
        ),
      )}
      <TextField
        label="Year of the model"
        inputMode="numeric"
        value={year}
        error={faultOf('year')}
        onChange={({ target }) => setYear(target.value.replaceAll(/\D/g, ''))}
      />
      <TextField
        label="Tags"
        help="With commas between them."
        value={tags}
        error={faultOf('tags')}
        onChange={({ target }) => setTags(target.value)}
      />
      {saved.isError ? (
        <p className="error" role="alert">
          {saved.error.message}{' '}
          {isChangedMeanwhile ? (
            <button
              type="button"
              className="button small"
              onClick={() => void queryClient.invalidateQueries(registryQuery(read.vehicle))}
            >
              Read it again
            </button>
          ) : null}
        </p>
      ) : null}
      <button type="submit" className="button primary" disabled={saved.isPending}>
        {saved.isPending ? 'Saving …' : 'Save'}
      </button>
    </form>
  )
}
