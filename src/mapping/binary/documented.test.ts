// The bytes that docs/binary-forms.md shows have the trees that stand below them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeBinary, type BinaryForm } from './decode-binary.ts'
import { hostileForms } from './hostile.testing.ts'

const page = readFileSync(new URL('../../../docs/binary-forms.md', import.meta.url), 'utf8')
const shown = [...page.matchAll(/```\n([a-z0-9-]+) ([0-9a-f]+)\n```\n```json\n([^]*?)```/g)]

test('the trees on the page of binary forms are those of their bytes, one of each form at least', () => {
  assert.deepEqual(new Set(shown.map(([, form]) => form)), new Set(hostileForms))
  for (const [, form, hex = '', json = ''] of shown)
    assert.deepEqual(decodeBinary(form as BinaryForm, Buffer.from(hex, 'hex')), {
      ok: true,
      value: { tree: JSON.parse(json) as unknown, unknownFields: 0 },
    })
})
