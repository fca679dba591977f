// Certificates of vehicles by authorities that other tools made, held against those who look at
// them: OpenSSL, TLS in Node, Go's library, Python's.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { issueServer, issueVehicle, makeAuthority, revocationList } from './authority.ts'
import { certificateParts } from './certificate-parts.ts'
import { wholeBytes } from './der-values.ts'
import * as der from './der.ts'
import { goAuthorities, lacks, opensslAuthority } from './foreign-authorities.testing.ts'
import type { Issued } from './signer.ts'

const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) }
const car = { tenant: 'acme', vehicle: 'car-1' }

function openFolder() {
  const path = mkdtempSync(join(tmpdir(), 'roadstream-'))
  return {
    path,
    write(name: string, text: string): string {
      writeFileSync(join(path, name), text)
      return join(path, name)
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

/** Whether a server in Node that trusts the authority takes the car, and the other way round. */
async function isTakenByTls(authority: Issued): Promise<boolean> {
  const own = issueServer(authority, ['127.0.0.1'], validity)
  const server = createServer({ ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const came = once(server, 'secureConnection') as Promise<[TLSSocket]>
  const { port } = server.address() as AddressInfo
  const client = connect({ host: '127.0.0.1', port, ca: authority.cert, ...issueVehicle(authority, car, validity) })
  try {
    await once(client, 'secureConnect')
    const [socket] = await came
    return client.authorized && socket.authorized
  } finally {
    client.destroy()
    server.close()
  }
}

const opensslSays = (caFile: string, carFile: string): string => {
  const { stdout, stderr } = spawnSync('openssl', ['verify', '-purpose', 'sslclient', '-CAfile', caFile, carFile], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

/** Python's own TLS, both sides in memory; and the package `cryptography` where it is there. */
const python = `
import ssl, sys
for at in range(1, len(sys.argv), 3):
    ca, pem, key = sys.argv[at:at + 3]
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for side in (server, client):
        side.load_verify_locations(ca)
        side.load_cert_chain(pem, key)
    server.verify_mode, client.check_hostname, client.verify_mode = ssl.CERT_REQUIRED, False, ssl.CERT_NONE
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up), server.wrap_bio(up, down, server_side=True)]
    for _ in range(4):
        for end in ends:
            try: end.do_handshake()
            except ssl.SSLWantReadError: pass
    assert dict(pair[0] for pair in ends[1].getpeercert()["subject"])["commonName"] == "acme/car-1", ca
    try: from cryptography import x509
    except ImportError: continue
    read = lambda file: x509.load_pem_x509_certificate(open(file, "rb").read())
    read(pem).verify_directly_issued_by(read(ca))
print("all taken")
`

test(
  "a car's certificate by an authority of Go's library is taken by OpenSSL, TLS in Node, Go and Python",
  {
    skip: lacks('go', 'version') || lacks('openssl', 'version') || lacks('python3', '--version'),
  },
  async () => {
    using folder = openFolder()
    const go = goAuthorities(folder.path)
    const pairs: string[] = []
    const triples: string[] = []
    for (const { name, authority } of go.authorities) {
      const { cert, key } = issueVehicle(authority, car, validity)
      const files = [join(folder.path, `${name}.pem`), folder.write(`${name}-car.pem`, cert)] as const
      assert.match(opensslSays(...files), /: OK/, name)
      assert.equal(await isTakenByTls(authority), true, name)
      pairs.push(...files)
      triples.push(...files, folder.write(`${name}-car.key`, key))
    }
    assert.equal(go.verify(pairs), '')
    assert.equal(execFileSync('python3', ['-c', python, ...triples], { encoding: 'utf8' }).trim(), 'all taken')
  },
)

test(
  'so is one by an authority of OpenSSL, whatever kinds of strings, key identifier or order it has',
  {
    skip: lacks('openssl', 'version'),
  },
  async () => {
    using folder = openFolder()
    const basic = 'basicConstraints=critical,CA:TRUE\n'
    const kinds = {
      usual: [['-subj', '/C=UY/O=Flota/CN=Fleet CA', '-utf8'], `${basic}subjectKeyIdentifier=hash`],
      multi: [
        ['-subj', '/CN=Fleet CA+OU=Plant 1+UID=7/O=Flota', '-multivalue-rdn'],
        `${basic}subjectKeyIdentifier=hash`,
      ],
      chosenKeyId: [['-subj', '/O=Flota/CN=Fleet CA'], `${basic}subjectKeyIdentifier=00:01:02`],
      noKeyId: [['-subj', '/CN=Fleet CA'], `${basic}subjectKeyIdentifier=none`],
      quoted: [['-subj', '/CN=Fleet, "CA" \\\\+ 1/O=a=b'], `${basic}subjectKeyIdentifier=hash`],
    } as const
    for (const [name, [subject, config]] of Object.entries(kinds)) {
      const authority = opensslAuthority(folder.path, name, subject, config)
      const files = [
        folder.write('ca.pem', authority.cert),
        folder.write('car.pem', issueVehicle(authority, car, validity).cert),
      ] as const
      assert.match(opensslSays(...files), /: OK/, name)
      assert.equal(await isTakenByTls(authority), true, name)
    }
  },
)

test('a name and a key identifier of whatever bytes are carried unchanged', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const text = fc.tuple(fc.constantFrom(0x0c, 0x13, 0x14, 0x16), fc.stringMatching(/^[ -~]{1,40}$/))
  const attribute = fc
    .tuple(
      fc.constantFrom('2.5.4.3', '2.5.4.10', '2.5.4.11', '2.5.4.5', '1.2.840.113549.1.9.1', '1.3.6.1.4.1.99999.7'),
      text,
    )
    .map(([type, [tag, letters]]) => der.sequence(der.oid(type), der.value(tag, Buffer.from(letters))))
  const name = fc
    .array(
      fc.array(attribute, { minLength: 1, maxLength: 3 }).map((set) => der.set(...set)),
      { minLength: 1, maxLength: 4 },
    )
    .map((sets) => der.sequence(...sets))
  fc.assert(
    fc.property(name, fc.uint8Array({ minLength: 1, maxLength: 40 }), (subject, keyId) => {
      const authority = authorityOf(subject, keyId, keys)
      const made = new X509Certificate(issueVehicle(authority, car, validity).cert)
      assert.deepEqual(wholeBytes(certificateParts(made).issuer!), subject)
      const stated = der.sequence(der.taggedBytes(0, keyId))
      assert.ok(made.raw.includes(Buffer.concat([der.oid('2.5.29.35'), der.octetString(stated)])))
      const list = revocationList(authority, [], validity)
      assert.ok(Buffer.from(list.replace(/-----[^-]+-----/g, ''), 'base64').includes(subject))
    }),
    { numRuns: 60 },
  )
})

/** An authority of that name and key identifier, signed by itself. */
function authorityOf(
  subject: Buffer,
  keyId: Uint8Array,
  { publicKey, privateKey }: ReturnType<typeof generateKeyPairSync>,
): Issued {
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'))
  const tbs = der.sequence(
    der.tagged(0, der.integer(2)),
    der.integer(1),
    algorithm,
    subject,
    der.sequence(der.time(validity.notBefore), der.time(validity.notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(
      3,
      der.sequence(
        der.sequence(der.oid('2.5.29.19'), der.octetString(der.sequence(der.boolean(true)))),
        der.sequence(der.oid('2.5.29.14'), der.octetString(der.octetString(keyId))),
      ),
    ),
  )
  const signed = der.sequence(tbs, algorithm, der.bitString(sign('sha256', tbs, privateKey)))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${signed.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

test('an authority that cannot sign says why', () => {
  const authority = makeAuthority('Test fleet', validity)
  const other = makeAuthority('Test fleet', validity)
  const leaf = issueVehicle(authority, car, validity)
  for (const [wrong, why] of [
    [leaf, /not one of an authority/],
    [{ cert: authority.cert, key: other.key }, /not the one of its certificate/],
  ] as const)
    assert.throws(() => issueVehicle(wrong, car, validity), { code: 'AUTHORITY', message: why })
})
