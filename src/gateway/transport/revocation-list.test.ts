import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeAuthority, revocationList, serialOf } from '../../certificates/authority.ts'
import { parseRevocations, revocationLists } from './revocation-list.ts'
import { makeTestCertificates, validFor } from './certificates.testing.ts'

const now = { revokedAt: new Date() }
const bytesOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
const pemOf = (bytes: Buffer): string =>
  `-----BEGIN X509 CRL-----\n${bytes.toString('base64')}\n-----END X509 CRL-----\n`

test('who is on the list of its own authority is revoked, whatever leading zeros its number has', () => {
  using files = makeTestCertificates()
  const cars = Array.from({ length: 40 }, (_, index) => files.vehicle(`acme/car-${index}`))
  const revoked = cars.filter((_, index) => index % 2 === 0)
  const serials = revoked.map(({ cert }, index) => ({ serial: `${'00'.repeat(index % 3)}${serialOf(cert)}`, ...now }))
  const found = parseRevocations([revocationList(files.authority, serials, validFor(1))], [])
  for (const car of cars) assert.equal(found.has(new X509Certificate(car.cert)), revoked.includes(car))
})

test('names of authorities are compared whatever their letters are encoded as', () => {
  using files = makeTestCertificates()
  const car = files.vehicle('acme/car-1')
  const list = bytesOf(revocationList(files.authority, [{ serial: serialOf(car.cert), ...now }], validFor(1)))
  const at = list.indexOf('Test fleet')
  // A PrintableString in place of the UTF8String, in capital letters.
  list[at - 2] = 0x13
  list.write('TEST FLEET', at, 'latin1')
  assert.equal(parseRevocations([pemOf(list)], []).has(new X509Certificate(car.cert)), true)
})

test('an authority that is revoked takes with it whom it signed', () => {
  using files = makeTestCertificates()
  const plant = makeAuthority('Plant', validFor(30))
  const car = new X509Certificate(files.vehicleOf(plant, 'acme/car-1').cert)
  // An authority signs itself here, and so is on its own list.
  const list = revocationList(plant, [{ serial: serialOf(plant.cert), ...now }], validFor(1))
  assert.equal(parseRevocations([list], [files.authority.cert, plant.cert]).has(car), true)
  assert.equal(parseRevocations([list], [files.authority.cert]).has(car), false)
  assert.equal(parseRevocations([list], [plant.cert]).has(new X509Certificate(files.vehicle('acme/car-1').cert)), false)
})

test('several lists in one file are found, and text around them is not one', () => {
  using files = makeTestCertificates()
  const list = revocationList(files.authority, [], validFor(1))
  assert.deepEqual(revocationLists(`# of the plants\n${list}\n${list}${files.ca}`), [list.trim(), list.trim()])
  assert.deepEqual(revocationLists(files.ca), [])
})

test('bytes that are damaged or cut short never throw', () => {
  using files = makeTestCertificates()
  const car = files.vehicle('acme/car-1')
  const certificate = new X509Certificate(car.cert)
  const list = bytesOf(revocationList(files.authority, [{ serial: serialOf(car.cert), ...now }], validFor(1)))
  fc.assert(
    fc.property(
      fc.nat(list.length),
      fc.array(fc.tuple(fc.nat(list.length - 1), fc.nat(255)), { maxLength: 4 }),
      (length, changes) => {
        const damaged = Buffer.from(list)
        for (const [at, byte] of changes) damaged[at] = byte
        parseRevocations([pemOf(damaged.subarray(0, length))], []).has(certificate)
      },
    ),
  )
})
