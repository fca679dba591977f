// Authorities that other tools made, for tests: by Go's own library, which writes names in
// PrintableString and takes other digests for key identifiers, and by OpenSSL.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Issued } from './signer.ts'

/** Why a tool cannot be run; false where it can. */
export const lacks = (tool: string, ...args: readonly string[]): string | false =>
  spawnSync(tool, args).status === 0 ? false : `${tool} is not installed`

/** `make DIR`: authorities as NAME.pem and NAME.key, and of each a list (NAME.crl) with the number
 *  5. `verify CA CAR …`: in pairs; says which it does not take. */
const program = String.raw`package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

func must[V any](value V, err error) V {
	if err != nil {
		panic(err)
	}
	return value
}

func write(file, kind string, der []byte) {
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		panic(err)
	}
}

func attribute(oid asn1.ObjectIdentifier, text string, tag int) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oid, Value: asn1.RawValue{Tag: tag, Bytes: []byte(text)}}
}

func makeAuthority(dir, name string, subject pkix.Name, raw []byte, key crypto.Signer) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject, RawSubject: raw, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	write(dir+"/"+name+".pem", "CERTIFICATE", der)
	write(dir+"/"+name+".key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
	list := &x509.RevocationList{Number: big.NewInt(7), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: time.Now()}}}
	write(dir+"/"+name+".crl", "X509 CRL", must(x509.CreateRevocationList(rand.Reader, list, must(x509.ParseCertificate(der)), key)))
}

func read(file string) *x509.Certificate {
	block, _ := pem.Decode(must(os.ReadFile(file)))
	return must(x509.ParseCertificate(block.Bytes))
}

func main() {
	if os.Args[1] == "verify" {
		for at := 2; at < len(os.Args); at += 2 {
			roots := x509.NewCertPool()
			roots.AddCert(read(os.Args[at]))
			_, err := read(os.Args[at+1]).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
			if err != nil {
				fmt.Println(os.Args[at], err)
			}
		}
		return
	}
	dir := os.Args[2]
	commonName, unit, organization := asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.ObjectIdentifier{2, 5, 4, 11}, asn1.ObjectIdentifier{2, 5, 4, 10}
	p256 := func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }
	makeAuthority(dir, "printable", pkix.Name{CommonName: "Fleet CA"}, nil, p256())
	makeAuthority(dir, "several", pkix.Name{Country: []string{"UY"}, Organization: []string{"Flota"}, CommonName: "Fleet CA"}, nil, must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)))
	makeAuthority(dir, "utf8", pkix.Name{}, must(asn1.Marshal(pkix.RDNSequence{{attribute(commonName, "Flota ñandú", asn1.TagUTF8String)}})), p256())
	makeAuthority(dir, "multi", pkix.Name{}, must(asn1.Marshal(pkix.RDNSequence{
		{attribute(organization, "Flota", asn1.TagPrintableString)},
		{attribute(commonName, "Fleet CA", asn1.TagUTF8String), attribute(unit, "Plant 1", asn1.TagPrintableString)}})), p256())
	makeAuthority(dir, "rsa", pkix.Name{CommonName: "Fleet CA"}, nil, must(rsa.GenerateKey(rand.Reader, 2048)))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	makeAuthority(dir, "ed25519", pkix.Name{CommonName: "Fleet CA"}, nil, ed)
}
`

export type GoTool = {
  readonly authorities: readonly { readonly name: string; readonly authority: Issued; readonly list: string }[]
  /** Complaints about pairs of files, the authority's and the car's. */
  verify(files: readonly string[]): string
}

/** In a folder of the test. */
export function goAuthorities(folder: string): GoTool {
  const names = ['printable', 'several', 'utf8', 'multi', 'rsa', 'ed25519']
  const source = join(folder, 'main.go')
  const binary = join(folder, 'authorities')
  writeFileSync(source, program)
  const env = { ...process.env, GO111MODULE: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '', CGO_ENABLED: '0' }
  execFileSync('go', ['build', '-o', binary, source], { cwd: folder, env })
  execFileSync(binary, ['make', folder])
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  return {
    authorities: names.map((name) => ({
      name,
      authority: { cert: read(`${name}.pem`), key: read(`${name}.key`) },
      list: read(`${name}.crl`),
    })),
    verify: (files) => execFileSync(binary, ['verify', ...files], { encoding: 'utf8' }),
  }
}

/** `config`: its section `ext` has the extensions. */
export function opensslAuthority(folder: string, name: string, subject: readonly string[], config: string): Issued {
  const file = (ending: string): string => join(folder, `${name}.${ending}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file('cnf'), `[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n${config}\n`)
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...args, ...subject, '-config', file('cnf'), '-keyout', file('key'), '-out', file('pem')], {
    stdio: 'ignore',
  })
  return { cert: readFileSync(file('pem'), 'utf8'), key: readFileSync(file('key'), 'utf8') }
}
