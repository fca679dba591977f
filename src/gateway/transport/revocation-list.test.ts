import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { issueVehicle, makeAuthority, revocationList, serialOf } from '../../certificates/authority.ts'
import { certificateParts } from '../../certificates/certificate-parts.ts'
import { derChildren, derValueAt, integerDigits, onlyDerValue, wholeBytes } from '../../certificates/der-values.ts'
import * as der from '../../certificates/der.ts'
import { goAuthorities, lacks, opensslAuthority } from '../../certificates/foreign-authorities.testing.ts'
import type { Issued } from '../../certificates/signer.ts'
import { listFault, nextListAt, parseRevocations, revocationLists } from './revocation-list.ts'
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

/** The same certificate with another number; who reads it asks for no signature. */
function numbered({ cert }: Issued, serial: Buffer): X509Certificate {
  const [tbs, ...signature] = derChildren(onlyDerValue(new X509Certificate(cert).raw))
  const [version, , ...rest] = derChildren(tbs).map(wholeBytes)
  const changed = der.sequence(version!, der.integer(...serial), ...rest)
  return new X509Certificate(der.sequence(changed, ...signature.map(wholeBytes)))
}

test('a negative number is revoked by the list that has it, and no other number that looks alike', () => {
  using files = makeTestCertificates()
  const car = files.vehicle('acme/car-1')
  const numbers = ['ff01', '00ff01', '80', '0080', '7f', '01', '8001', 'ff7f01'].map((hex) => Buffer.from(hex, 'hex'))
  for (const listed of numbers) {
    const list = revocationList(files.authority, [{ serial: listed.toString('hex'), ...now }], validFor(1))
    const found = parseRevocations([list], [])
    for (const number of numbers) assert.equal(found.has(numbered(car, number)), number === listed)
  }
})

test('a number is the same however long it is written', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 160n), 2n ** 160n), fc.nat(5), (number, spare) => {
      const bytes = Buffer.from(
        BigInt.asUintN(8 * 22, number)
          .toString(16)
          .padStart(44, '0'),
        'hex',
      )
      const longer = Buffer.concat([Buffer.alloc(spare, number < 0n ? 0xff : 0), bytes])
      const digits = integerDigits(derValueAt(Buffer.concat([Buffer.of(2, longer.length), longer]), 0, 64)!)
      assert.equal(BigInt.asIntN(digits.length * 4, BigInt(`0x${digits}`)), number)
      // The shortest that holds it.
      assert.ok(digits.length === 2 || BigInt.asIntN(digits.length * 4 - 8, number) !== number)
    }),
  )
})

test("lists of Go's library are read, and take its own certificates back", { skip: lacks('go', 'version') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
  for (const { name, authority, list } of goAuthorities(folder).authorities) {
    const car = issueVehicle(authority, { tenant: 'acme', vehicle: 'car-1' }, validFor(1))
    assert.deepEqual(revocationLists(list), [list.trim()])
    assert.equal(listFault(list), undefined)
    const found = parseRevocations(revocationLists(list), [])
    assert.equal(found.has(numbered(car, Buffer.of(5))), true, name)
    assert.equal(found.has(new X509Certificate(car.cert)), false, name)
  }
  rmSync(folder, { recursive: true })
})

/** A list as `openssl ca` writes it, of these numbers and with these extensions. */
function opensslList(folder: string, numbers: readonly string[], extensions: string, days = 1): string {
  const path = (name: string): string => join(folder, name)
  const line = (number: string): string => `R\t301201000000Z\t261101000000Z,keyCompromise\t${number}\tunknown\t/CN=x\n`
  writeFileSync(path('index.txt'), numbers.map(line).join(''))
  writeFileSync(path('crlnumber'), '0A\n')
  writeFileSync(
    path('ca.cnf'),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${path('index.txt')}\ncrlnumber=${path('crlnumber')}\ndefault_md=sha256\ncrl_extensions=ext\n[ext]\n${extensions}\n[idp]\nindirectCRL=TRUE\n[users]\nonlyuser=TRUE\n[authorities]\nonlyCA=TRUE\n`,
  )
  const times =
    days > 0 ? ['-crldays', String(days)] : ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102000000Z']
  const args = [
    'ca',
    '-gencrl',
    ...times,
    '-config',
    path('ca.cnf'),
    '-cert',
    path('ca.pem'),
    '-keyfile',
    path('ca.key'),
  ]
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

test(
  "OpenSSL's lists are read, empty ones and those with extensions; those that say less than they seem to are refused by name",
  {
    skip: lacks('openssl', 'version'),
  },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
    const authority = opensslAuthority(
      folder,
      'ca',
      ['-subj', '/O=Flota/CN=Fleet CA'],
      'basicConstraints=critical,CA:TRUE',
    )
    const car = issueVehicle(authority, { tenant: 'acme', vehicle: 'car-1' }, validFor(1))
    const has = (list: string): boolean =>
      parseRevocations(revocationLists(list), []).has(new X509Certificate(car.cert))
    const serial = certificateParts(new X509Certificate(car.cert)).serial.toUpperCase()
    const keyId = 'authorityKeyIdentifier=keyid:always\n'
    assert.equal(has(opensslList(folder, [], '')), false)
    for (const extensions of [keyId, `${keyId}issuingDistributionPoint=critical,@users`]) {
      const list = opensslList(folder, ['05', serial], extensions)
      assert.equal(listFault(list), undefined)
      assert.equal(has(list), true)
      // As some tools head it.
      assert.equal(has(list.replaceAll('X509 CRL', 'CRL')), true)
    }
    assert.match(listFault(opensslList(folder, [], '2.5.29.27=critical,DER:020101')) ?? '', /delta list/)
    assert.match(listFault(opensslList(folder, [], 'issuingDistributionPoint=critical,@idp')) ?? '', /indirect list/)
    assert.match(
      listFault(opensslList(folder, [], 'issuingDistributionPoint=critical,@authorities')) ?? '',
      /not of the certificates of clients/,
    )
    assert.equal(nextListAt(opensslList(folder, [], '', 0)), Date.UTC(2020, 0, 2))
    rmSync(folder, { recursive: true })
  },
)
