// The readers of recordings by the form that a mapping names. A further form is a type in mapping/mapping.ts, its check in mapping/parse-mapping.ts and
// a line here.
import type { Form } from '../../mapping/mapping.ts'
import type { Reader } from '../rows.ts'
import { csvReader } from './csv.ts'

type Readers = { readonly [Name in Form['form']]: (form: Extract<Form, { form: Name }>, folder: string) => Reader }

const readers: Readers = { csv: csvReader }

/** `folder`: where the recording lies, for forms that need a file beside it. */
export const openReader = (form: Form, folder: string): Reader => readers[form.form](form, folder)
