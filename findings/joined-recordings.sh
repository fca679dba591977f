#!/usr/bin/env bash
# A drive of three hours ends after the first one, read from a recording whose parts were joined (gzip, zstd, lz4, bzip2 and xz, 27 libraries).
#
# Guess: a logger that begins a new compressed part each hour, so that a power cut costs one at most, makes a valid file: gunzip and zstd give all
# of it, and so do libraries of these forms; of small ones for browsers one or two stop early, or say that bytes are left.
# Seen, three parts of 3,600 s joined: the first hour comes back, without an error, from the whole-buffer calls of zlib (Python's), deflate, zstandard,
# lz4, fflate, lz4js, lz4-napi and seek-bzip, and from commons-compress, unless told, in four of its five forms; and often the same library's
# stream gives all three (zstandard, lz4, fflate). All comes from gzip, bz2, lzma, isal, zlib-ng, pyzstd, backports.zstd, node:zlib,
# DecompressionStream, pako, fzstd, zstddec, unbzip2-stream, xz-decompress, Java's own, zstd-jni, lz4-java, xz and from Go. @bokuweb/zstd-wasm fails.
# So: test a reader with two parts joined (cat a.gz a.gz), and hold the length of what came out against the last time in it.
#
# Needs: java 17, mvn, go, python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python isal==1.9.1 zlib-ng==1.1.0 deflate==0.9.0 zstandard==0.25.0 pyzstd==0.20.0 backports-zstd==1.8.0 lz4==4.4.5 2>/dev/null
npm install --silent --no-save --ignore-scripts pako@3.0.3 fflate@0.8.3 fzstd@0.1.1 zstddec@0.3.4 @bokuweb/zstd-wasm@0.0.27 lz4js@0.2.0 lz4-napi@2.10.0 seek-bzip@2.0.0 unbzip2-stream@1.4.3 xz-decompress@0.2.3 >/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.commons</groupId><artifactId>commons-compress</artifactId><version>1.28.0</version></dependency>
<dependency><groupId>com.github.luben</groupId><artifactId>zstd-jni</artifactId><version>1.5.7-28</version></dependency>
<dependency><groupId>org.lz4</groupId><artifactId>lz4-java</artifactId><version>1.8.0</version></dependency>
<dependency><groupId>org.tukaani</groupId><artifactId>xz</artifactId><version>1.12</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs)
cat > write.py <<'P'
import bz2, gzip, lzma
import lz4.frame, zstandard
hours = [b''.join(b'%d 50.0\n' % (hour * 3600 + second) for second in range(3600)) for hour in range(3)]
for form, pack in {'gz': gzip.compress, 'zst': zstandard.compress, 'lz4': lz4.frame.compress, 'bz2': bz2.compress, 'xz': lzma.compress}.items(): open('drive.' + form, 'wb').write(b''.join(pack(hour) for hour in hours))
P
cat > read.py <<'P'
import bz2, gzip, lzma, zlib
import backports.zstd, deflate, isal.igzip, lz4.frame, pyzstd, zlib_ng.gzip_ng, zstandard
readers = {'gz': {'gzip': gzip.decompress, 'zlib': lambda data: zlib.decompress(data, 31), 'isal': isal.igzip.decompress, 'zlib-ng': zlib_ng.gzip_ng.decompress, 'deflate': deflate.gzip_decompress},
    'zst': {'zstandard': zstandard.decompress, 'zstandard, stream_reader': lambda data: zstandard.ZstdDecompressor().stream_reader(data).read(), 'zstandard, open': lambda data: zstandard.open('drive.zst', 'rb').read(), 'pyzstd': pyzstd.decompress, 'backports.zstd': backports.zstd.decompress},
    'lz4': {'lz4': lz4.frame.decompress, 'lz4, open': lambda data: lz4.frame.open('drive.lz4').read()}, 'bz2': {'bz2': bz2.decompress}, 'xz': {'lzma': lzma.decompress}}
for form, by in readers.items():
    for name, read in by.items():
        try: told = f'{read(open("drive." + form, "rb").read()).count(10)} s'
        except Exception as error: told = f'error ({error})'
        print(f'Python, {form}, {name}: {told}')
P
cat > read.mjs <<'P'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
const require = createRequire(import.meta.url)
const [pako, fflate, fzstd, bokuweb, lz4js, napi, seek, unbzip2, { ZSTDDecoder }, xz] = ['pako', 'fflate', 'fzstd', '@bokuweb/zstd-wasm', 'lz4js', 'lz4-napi', 'seek-bzip', 'unbzip2-stream', 'zstddec', 'xz-decompress'].map((name) => require(name))
const all = async (stream) => { const parts = []; for await (const part of stream) parts.push(part); return Buffer.concat(parts) }
const pushed = (data, Unpack) => { const parts = []; new Unpack((part) => parts.push(part)).push(data, true); return Buffer.concat(parts) }
const readers = {
  gz: { 'node:zlib': zlib.gunzipSync, DecompressionStream: (data) => all(new Blob([data]).stream().pipeThrough(new DecompressionStream('gzip'))), pako: pako.ungzip, fflate: (data) => fflate.gunzipSync(data), 'fflate, Gunzip': (data) => pushed(data, fflate.Gunzip) },
  zst: { fzstd: (data) => fzstd.decompress(data), 'fzstd, Decompress': (data) => pushed(data, fzstd.Decompress), zstddec: async (data) => { const decoder = new ZSTDDecoder(); await decoder.init(); return decoder.decode(data) }, '@bokuweb/zstd-wasm': async (data) => { await bokuweb.init(); return bokuweb.decompress(data) } },
  lz4: { lz4js: (data) => lz4js.decompress(data), 'lz4-napi': (data) => napi.decompressFrame(data) },
  bz2: { 'seek-bzip': (data) => seek.decode(data), 'unbzip2-stream': (data) => all(new Readable().wrap(Readable.from([data]).pipe(unbzip2()))) },
  xz: { 'xz-decompress': (data) => all(new xz.XzReadableStream(new Blob([data]).stream())) },
}
for (const [form, by] of Object.entries(readers)) for (const [name, read] of Object.entries(by)) {
  const told = await Promise.resolve().then(() => read(readFileSync(`drive.${form}`))).then((lines) => `${Buffer.from(lines).filter((byte) => byte === 10).length} s`, (error) => `error (${error.message ?? error})`)
  console.log(`JavaScript, ${form}, ${name}: ${told}`)
}
P
cat > Read.java <<'P'
import java.io.*; import java.util.zip.GZIPInputStream; import org.apache.commons.compress.compressors.*;
public class Read {
  interface Open { InputStream of(InputStream in) throws Exception; }
  static void tell(String form, String name, Open open) {
    String told; try (var lines = new BufferedReader(new InputStreamReader(open.of(new BufferedInputStream(new FileInputStream("drive." + form)))))) { told = lines.lines().count() + " s"; } catch (Exception error) { told = "error (" + error.getMessage() + ")"; }
    System.out.println("Java, " + form + ", " + name + ": " + told); }
  public static void main(String[] none) {
    tell("gz", "GZIPInputStream", GZIPInputStream::new); tell("zst", "zstd-jni", com.github.luben.zstd.ZstdInputStream::new); tell("lz4", "lz4-java", net.jpountz.lz4.LZ4FrameInputStream::new); tell("xz", "xz", org.tukaani.xz.XZInputStream::new);
    for (var form : new String[][] {{"gz", CompressorStreamFactory.GZIP}, {"bz2", CompressorStreamFactory.BZIP2}, {"xz", CompressorStreamFactory.XZ}, {"lz4", CompressorStreamFactory.LZ4_FRAMED}, {"zst", CompressorStreamFactory.ZSTANDARD}}) {
      tell(form[0], "commons-compress", (in) -> new CompressorStreamFactory().createCompressorInputStream(form[1], in)); tell(form[0], "commons-compress, concatenated", (in) -> new CompressorStreamFactory(true).createCompressorInputStream(form[1], in)); } } }
P
mkdir go && cat > go/main.go <<'P'
package main

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

func tell(form, name string, open func(io.Reader) (io.Reader, error)) {
	data, _ := os.ReadFile("drive." + form)
	in, err := open(bytes.NewReader(data))
	var out []byte
	if err == nil { out, err = io.ReadAll(in) }
	if err != nil { fmt.Printf("Go, %s, %s: error (%v)\n", form, name, err) } else { fmt.Printf("Go, %s, %s: %d s\n", form, name, bytes.Count(out, []byte("\n"))) }
}

func main() {
	tell("gz", "compress/gzip", func(in io.Reader) (io.Reader, error) { return gzip.NewReader(in) })
	tell("bz2", "compress/bzip2", func(in io.Reader) (io.Reader, error) { return bzip2.NewReader(in), nil })
	tell("zst", "klauspost/compress", func(in io.Reader) (io.Reader, error) { return zstd.NewReader(in) })
	tell("lz4", "pierrec/lz4", func(in io.Reader) (io.Reader, error) { return lz4.NewReader(in), nil })
	tell("xz", "ulikunitz/xz", func(in io.Reader) (io.Reader, error) { return xz.NewReader(in) })
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init x && go get github.com/klauspost/compress@v1.18.0 github.com/pierrec/lz4/v4@v4.1.33 github.com/ulikunitz/xz@v0.5.17 && go build -o ../read .) >log 2>&1 || { cat log; exit 1; }
PYTHONPATH=python python3 write.py
{ PYTHONPATH=python python3 -W ignore read.py; node read.mjs; java -cp 'java/libs/*' Read.java; ./read; } 2>err | tee seen
diff seen - <<'P'
Python, gz, gzip: 10800 s
Python, gz, zlib: 3600 s
Python, gz, isal: 10800 s
Python, gz, zlib-ng: 10800 s
Python, gz, deflate: 3600 s
Python, zst, zstandard: 3600 s
Python, zst, zstandard, stream_reader: 10800 s
Python, zst, zstandard, open: 10800 s
Python, zst, pyzstd: 10800 s
Python, zst, backports.zstd: 10800 s
Python, lz4, lz4: 3600 s
Python, lz4, lz4, open: 10800 s
Python, bz2, bz2: 10800 s
Python, xz, lzma: 10800 s
JavaScript, gz, node:zlib: 10800 s
JavaScript, gz, DecompressionStream: 10800 s
JavaScript, gz, pako: 10800 s
JavaScript, gz, fflate: 3600 s
JavaScript, gz, fflate, Gunzip: 10800 s
JavaScript, zst, fzstd: 10800 s
JavaScript, zst, fzstd, Decompress: 10800 s
JavaScript, zst, zstddec: 10800 s
JavaScript, zst, @bokuweb/zstd-wasm: error (Failed to compress with code -70)
JavaScript, lz4, lz4js: 3600 s
JavaScript, lz4, lz4-napi: 3600 s
JavaScript, bz2, seek-bzip: 3600 s
JavaScript, bz2, unbzip2-stream: 10800 s
JavaScript, xz, xz-decompress: 10800 s
Java, gz, GZIPInputStream: 10800 s
Java, zst, zstd-jni: 10800 s
Java, lz4, lz4-java: 10800 s
Java, xz, xz: 10800 s
Java, gz, commons-compress: 3600 s
Java, gz, commons-compress, concatenated: 10800 s
Java, bz2, commons-compress: 3600 s
Java, bz2, commons-compress, concatenated: 10800 s
Java, xz, commons-compress: 3600 s
Java, xz, commons-compress, concatenated: 10800 s
Java, lz4, commons-compress: 3600 s
Java, lz4, commons-compress, concatenated: 10800 s
Java, zst, commons-compress: 10800 s
Java, zst, commons-compress, concatenated: 10800 s
Go, gz, compress/gzip: 10800 s
Go, bz2, compress/bzip2: 10800 s
Go, zst, klauspost/compress: 10800 s
Go, lz4, pierrec/lz4: 10800 s
Go, xz, ulikunitz/xz: 10800 s
P
echo 'as before'
