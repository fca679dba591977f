import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { passwordFault } from './password-rules.ts'

const refused: readonly (readonly [password: string, name: string, reason: RegExp])[] = [
  ['password1234', 'ana', /common password/],
  ['passwordpassword', 'ana', /repeats itself/],
  ['Password123!', 'ana', /common password/],
  ['P@ssw0rd2026!', 'ana', /common password/],
  ['123456789012', 'ana', /common password/],
  ['qwerty123456', 'ana', /common password/],
  ['iloveyou1234', 'ana', /common password/],
  ['admin1234567', 'ana', /common password/],
  ['aaaaaaaaaaaa', 'ana', /repeats one character/],
  ['zxcvbnm,./12', 'ana', /keys that lie in a row/],
  ['Roadstream123', 'ana', /name of the account or of this product/],
  ['roadstream2026', 'ana', /name of the account or of this product/],
  ['evagonzalez1', 'eva.gonzalez', /name of the account or of this product/],
  ['Wolfeschlegel1', 'wolfeschlegel', /name of the account or of this product/],
]
for (const [password, name, reason] of refused)
  test(`"${password}" of ${name} is refused, and it is said why`, async () => {
    const fault = await passwordFault(password, name)
    assert.match(fault ?? 'accepted', reason)
    assert.match(fault ?? '', /unrelated words/)
  })

for (const password of [
  'correct horse battery',
  'mi perro come mucho',
  'x8Kq-2mv9-pLw3',
  'four words to recall',
  'Übermut tut selten gut',
])
  test(`"${password}" is accepted`, async () => assert.equal(await passwordFault(password, 'ana'), undefined))

test('random passwords are accepted, and any repetition of one character is not', async () => {
  const letters = fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split(''))
  await fc.assert(
    fc.asyncProperty(
      fc.array(letters, { minLength: 16, maxLength: 16, size: 'max' }),
      letters,
      fc.integer({ min: 12, max: 256 }),
      async (drawn, one, count) => {
        if (new Set(drawn).size >= 10) assert.equal(await passwordFault(drawn.join(''), 'ana'), undefined)
        assert.match((await passwordFault(one.repeat(count), 'ana')) ?? '', /repeats one character/)
      },
    ),
    { numRuns: 40 },
  )
})
