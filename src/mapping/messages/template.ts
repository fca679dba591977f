// Texts made of fields: `{user}/{device}`.

const field = /\{([^{}]+)\}/g

/** The fields in it. */
export const templateFields = (template: string): readonly string[] =>
  [...template.matchAll(field)].map(([, ref = '']) => ref)

export const isTemplate = (text: string): boolean =>
  templateFields(text).length > 0 && !/[{}]/.test(text.replaceAll(field, ''))

/** Undefined while a field is not told, empty where one is empty or is no text or number. */
export function openTemplate<Source>(
  template: string,
  access: (field: string) => (source: Source) => unknown,
): (source: Source) => string | undefined {
  const [only] = templateFields(template)
  if (only !== undefined && template === `{${only}}`) {
    const read = access(only)
    return (source) => textOf(read(source))
  }
  const parts = template.split(field).map((part, index) => (index % 2 === 0 ? part : access(part)))
  return (source) => {
    let text = ''
    let isEmpty = false
    for (const part of parts) {
      if (typeof part === 'string') text += part
      else {
        const told = textOf(part(source))
        if (told === undefined) return undefined
        if (told === '') isEmpty = true
        text += told
      }
    }
    return isEmpty ? '' : text
  }
}

function textOf(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw.trim()
  return raw === undefined ? undefined : typeof raw === 'number' ? String(raw) : ''
}
