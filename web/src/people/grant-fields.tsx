// The fields by which a form says a grant: the role, and over which vehicles.
import { useId, useState } from 'react'
import type { Grant } from '../../../src/api/contract.ts'
import { TextField } from '../session/text-field.tsx'
import { givenRoles, grantOf } from './grant-text.ts'

export function GrantFields() {
  const id = useId()
  const [over, setOver] = useState('')
  return (
    <>
      <div className="field">
        <label htmlFor={id}>Role</label>
        <select id={id} name="role" defaultValue="viewer">
          {givenRoles.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-over`}>Over</label>
        <select id={`${id}-over`} name="over" value={over} onChange={({ target }) => setOver(target.value)}>
          <option value="">all vehicles</option>
          <option value="group">a group</option>
          <option value="vehicle">a vehicle</option>
          <option value="assigned">those assigned to the person</option>
        </select>
      </div>
      {over === 'group' || over === 'vehicle' ? <TextField label={`Id of the ${over}`} name="id" required /> : null}
    </>
  )
}

/** The grant that a form with these fields says. */
export function grantIn(form: FormData): Grant {
  const text = (name: string): string => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  return grantOf(text('role'), text('over'), text('id'))
}
