// Certificates of the authority, read by Node's own X.509 and by OpenSSL where it is installed.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { issueServer, issueVehicle, makeAuthority, revocationList, serialOf } from './authority.ts'

const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) }
const authority = makeAuthority('Test fleet', validity)
const ca = new X509Certificate(authority.cert)

test('an authority signs a server for its names and a vehicle for its key', () => {
  const server = new X509Certificate(
    issueServer(authority, ['fleet.example', '127.0.0.1', '::1', 'fd00::12:0:3'], validity).cert,
  )
  assert.ok(ca.ca && server.checkIssued(ca) && server.verify(ca.publicKey) && !server.ca)
  assert.equal(server.checkHost('fleet.example'), 'fleet.example')
  for (const address of ['127.0.0.1', '::1', 'fd00::12:0:3']) assert.equal(server.checkIP(address), address)
  assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  const issued = issueVehicle(authority, { tenant: 'acme', vehicle: 'car-1' }, validity)
  const car = new X509Certificate(issued.cert)
  assert.equal(car.subject, 'CN=acme/car-1')
  assert.equal(car.subjectAltName, 'URI:urn:roadstream:vehicle:acme/car-1')
  assert.deepEqual(car.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  assert.ok(issued.key.startsWith('-----BEGIN PRIVATE KEY-----'))
})

test('a name too long for a common name is in the URI whole', () => {
  const ref = { tenant: 't'.repeat(63), vehicle: 'v'.repeat(63) }
  const car = new X509Certificate(issueVehicle(authority, ref, validity).cert)
  assert.equal(car.subjectAltName, `URI:urn:roadstream:vehicle:${ref.tenant}/${ref.vehicle}`)
  assert.equal(car.subject, `CN=${ref.vehicle}`)
})

const missing = spawnSync('openssl', ['version']).error === undefined ? false : 'openssl is not installed'
test('OpenSSL takes the chain, and the list of those revoked', { skip: missing }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const cars = ['car-1', 'car-2', 'car-3'].map((vehicle) =>
    issueVehicle(authority, { tenant: 'acme', vehicle }, validity),
  )
  const revoked = cars.slice(0, 2).map(({ cert }) => ({ serial: serialOf(cert), revokedAt: new Date() }))
  const caFile = file('ca.pem', authority.cert)
  const crlFile = file('crl.pem', revocationList(authority, revoked, { ...validity, notBefore: new Date() }))
  const verify = (index: number): string => {
    const args = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslclient',
      '-crl_check',
      '-CAfile',
      caFile,
      '-CRLfile',
      crlFile,
    ]
    const { stdout, stderr } = spawnSync('openssl', [...args, file(`car-${index}.pem`, cars[index]!.cert)], {
      encoding: 'utf8',
    })
    return stdout + stderr
  }
  assert.match(verify(0), /certificate revoked/)
  assert.match(verify(1), /certificate revoked/)
  assert.match(verify(2), /OK/)
  assert.match(
    execFileSync('openssl', ['x509', '-noout', '-ext', 'keyUsage', '-in', caFile], { encoding: 'utf8' }),
    /CRL Sign/,
  )
  file('none.pem', revocationList(authority, [], validity))
  const none = execFileSync('openssl', ['crl', '-noout', '-text', '-in', join(folder, 'none.pem')], {
    encoding: 'utf8',
  })
  assert.match(none, /No Revoked Certificates/)
  rmSync(folder, { recursive: true })
})

test('a list of 200,000 certificates is made, and OpenSSL takes it', () => {
  const revoked = Array.from({ length: 200_000 }, (_, index) => ({
    serial: (2 ** 40 + index).toString(16).padStart(12, '0'),
    revokedAt: validity.notBefore,
  }))
  const crl = revocationList(authority, revoked, validity)
  assert.ok(crl.length > revoked.length * 40)
  createSecureContext({ ca: authority.cert, crl })
})
