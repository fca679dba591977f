import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { issueServer, makeAuthority, revocationList, type Validity } from '../certificates/authority.ts'
import { authoritiesFinding, certificateFindings, keyFinding, listFinding } from './certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-doctor-tls-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const dayMs = 86_400_000
const now = Date.UTC(2026, 5, 1)
const days = (from: number, to: number): Validity => ({
  notBefore: new Date(now + from * dayMs),
  notAfter: new Date(now + to * dayMs),
})
const authority = makeAuthority('Fleet', days(-10, 1000))
const write = (name: string, text: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return { setting: 'ROADSTREAM_TLS_CERT', file }
}

test('of a certificate it is told how long it holds, for which names, and whether it does', () => {
  const of = (validity: Validity) => {
    const { cert } = issueServer(authority, ['gateway.example', '192.0.2.7'], validity)
    return certificateFindings(write('cert.pem', cert + authority.cert), now)[0]
  }
  const well = of(days(-1, 100))
  assert.equal(well?.state, 'ok')
  assert.match(
    well?.says ?? '',
    /for DNS:gateway\.example, IP Address:192\.0\.2\.7; ends on 2026-09-09; signed by CN=Fleet/,
  )
  assert.equal(of(days(-1, 13))?.state, 'warning')
  assert.match(of(days(-20, -1))?.says ?? '', /ended on 2026-05-31/)
  assert.match(of(days(2, 100))?.says ?? '', /which is not yet/)
})

test('files that are missing, of another kind, or in the wrong order are told', () => {
  const { cert, key } = issueServer(authority, ['gateway.example'], days(-1, 100))
  const finding = (text: string) => certificateFindings(write('any.pem', text), now)[0]
  assert.match(finding(key)?.says ?? '', /holds no certificate/)
  assert.match(finding('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')?.says ?? '', /cannot be read/)
  const other = makeAuthority('Other', days(-1, 100))
  assert.match(finding(cert + other.cert)?.says ?? '', /certificate 2 in it did not sign the one before it/)
  const missing = { setting: 'ROADSTREAM_TLS_CERT', file: join(folder, 'missing.pem') }
  assert.match(certificateFindings(missing, now)[0]?.says ?? '', /cannot be read \(ENOENT\)/)
})

test('a key is held against its certificate, and never shown', () => {
  const own = issueServer(authority, ['gateway.example'], days(-1, 100))
  const other = issueServer(authority, ['gateway.example'], days(-1, 100))
  const cert = write('own.pem', own.cert)
  const key = (text: string) => keyFinding(cert, { ...write('key.pem', text), setting: 'ROADSTREAM_TLS_KEY' })
  assert.equal(key(own.key).state, 'ok')
  assert.match(key(other.key).says, /is not the key of the certificate in/)
  assert.match(key('no key').says, /holds no private key/)
  for (const text of [own.key, other.key]) assert.ok(!JSON.stringify(key(text)).includes(text.split('\n')[1] ?? '?'))
})

test('authorities and their lists of what is revoked have their time too', () => {
  const named = { setting: 'ROADSTREAM_TLS_CLIENT_CA', file: 'ca.pem' }
  const ca = (validity: Validity) => authoritiesFinding(named, () => makeAuthority('Fleet', validity).cert, now).state
  assert.deepEqual([ca(days(-1, 100)), ca(days(-1, 5)), ca(days(-9, -1))], ['ok', 'warning', 'problem'])
  const list = (validity: Validity) => listFinding(write('crl.pem', revocationList(authority, [], validity)), now)
  assert.deepEqual([list(days(-1, 100)).state, list(days(-1, 5)).state], ['ok', 'warning'])
  assert.match(list(days(-1, 100)).says, /one list, the next due on 2026-09-09/)
  assert.match(list(days(-9, -1)).says, /no car with a certificate can come in/)
  assert.match(
    listFinding(write('none.pem', readFileSync(write('x', 'x').file, 'utf8')), now).says,
    /no revocation list/,
  )
})
