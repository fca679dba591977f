import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { databasesInClear } from './clear-text.ts'
import { readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function postgresOf(settings: Readonly<Record<string, string>>) {
  const config = readConfig(settings)
  assert.ok(config.ok, config.ok ? '' : config.detail)
  return config.value.postgres
}

function problemOf(settings: Readonly<Record<string, string>>): string {
  const config = readConfig(settings)
  assert.ok(!config.ok)
  return config.detail
}

test('the server of the tables is given by its URL', () => {
  assert.equal(postgresOf({}), undefined)
  assert.deepEqual(postgresOf({ ROADSTREAM_POSTGRES: 'postgres://me:a%3Ab%2F%25@db.example/fleet' }), {
    host: 'db.example',
    port: 5432,
    database: 'fleet',
    user: 'me',
    password: 'a:b/%',
    tls: undefined,
    ca: undefined,
    replica: undefined,
  })
  assert.deepEqual(postgresOf({ ROADSTREAM_POSTGRES: 'postgresql://m%40e@[::1]:6432/a%20b?sslmode=verify-full' }), {
    host: '::1',
    port: 6432,
    database: 'a b',
    user: 'm@e',
    password: undefined,
    tls: 'verify-full',
    ca: undefined,
    replica: undefined,
  })
  assert.equal(postgresOf({ ROADSTREAM_POSTGRES: 'postgres://me@%2Frun%2Fpostgresql/fleet' })?.host, '/run/postgresql')
})

test('a URL that is wrong is not repeated: it may hold a password', () => {
  for (const url of [
    'hush',
    'mysql://me:hush@db/fleet',
    'postgres://db/fleet?password=hush',
    'postgres://me:hush@db',
    'postgres://me:hush@db/',
    'postgres://me:hush@db/fleet/hush',
    'postgres://me:hush@db:0/fleet',
    'postgres://me:hush@db:99999/fleet',
    'postgres://me:hush%zz@db/fleet',
    'postgres://me:hush@db/fleet?sslmode=prefer',
    'postgres://me:hush@db/fleet?sslmode=hush',
    'postgres://me:hush@db/fleet?connect_timeout=3',
    'postgres://me:hush@db/fleet#hush',
  ]) {
    const problem = problemOf({ ROADSTREAM_POSTGRES: url })
    assert.match(problem, /^ROADSTREAM_POSTGRES: give [^\n]*$/)
    assert.ok(!problem.includes('hush'), problem)
    const passwordFile = file('unused', 'x')
    assert.equal(problemOf({ ROADSTREAM_POSTGRES: url, ROADSTREAM_POSTGRES_PASSWORD_FILE: passwordFile }), problem)
  }
})

test('the password and the authority come from files', () => {
  const url = 'postgres://me@db/fleet?sslmode=verify-full'
  const settings = {
    ROADSTREAM_POSTGRES: url,
    ROADSTREAM_POSTGRES_PASSWORD_FILE: file('password', ' two words\n'),
    ROADSTREAM_POSTGRES_CA: file('ca.pem', 'PEM'),
  }
  assert.deepEqual([postgresOf(settings)?.password, postgresOf(settings)?.ca], [' two words', 'PEM'])
  assert.match(
    problemOf({ ...settings, ROADSTREAM_POSTGRES_PASSWORD_FILE: join(folder, 'none') }),
    /^ROADSTREAM_POSTGRES_PASSWORD_FILE is ".*none", which cannot be read \(ENOENT\)/,
  )
})

test('settings of the server that contradict each other are refused', () => {
  const [password, ca] = [file('password', 'hush'), file('ca.pem', 'PEM')]
  assert.match(
    problemOf({ ROADSTREAM_POSTGRES_PASSWORD_FILE: password }),
    /^ROADSTREAM_POSTGRES_PASSWORD_FILE is set, and ROADSTREAM_POSTGRES is not: name the server there$/,
  )
  assert.match(
    problemOf({ ROADSTREAM_POSTGRES: 'postgres://me:hush@db/fleet', ROADSTREAM_POSTGRES_PASSWORD_FILE: password }),
    /^[^\n]* has a password: leave one of them out$/,
  )
  for (const mode of ['disable', 'require'])
    assert.match(
      problemOf({ ROADSTREAM_POSTGRES: `postgres://me@db/fleet?sslmode=${mode}`, ROADSTREAM_POSTGRES_CA: ca }),
      /^ROADSTREAM_POSTGRES_CA goes with a look at the certificate: give sslmode=verify-full in ROADSTREAM_POSTGRES$/,
    )
})

test('a replica has its own URL, and the password and the authority of the server where it has none', () => {
  const settings = {
    ROADSTREAM_POSTGRES: 'postgres://me@db/fleet?sslmode=verify-full',
    ROADSTREAM_POSTGRES_PASSWORD_FILE: file('password', 'hush'),
    ROADSTREAM_POSTGRES_CA: file('ca.pem', 'PEM'),
    ROADSTREAM_POSTGRES_REPLICA: 'postgres://me@standby/fleet?sslmode=verify-ca',
  }
  const replica = postgresOf(settings)?.replica
  assert.deepEqual(replica, {
    server: {
      host: 'standby',
      port: 5432,
      database: 'fleet',
      user: 'me',
      password: 'hush',
      tls: 'verify-ca',
      ca: 'PEM',
    },
    delayMsMax: 10_000,
  })
  const other = { ...settings, ROADSTREAM_POSTGRES_REPLICA: 'postgres://him:own@standby/fleet' }
  assert.deepEqual(postgresOf(other)?.replica?.server.password, 'own')
  assert.equal(postgresOf({ ...other, ROADSTREAM_POSTGRES_REPLICA_DELAY: '1m' })?.replica?.delayMsMax, 60_000)
  assert.match(
    problemOf({ ROADSTREAM_POSTGRES_REPLICA: 'postgres://me:hush@standby/fleet' }),
    /^ROADSTREAM_POSTGRES_REPLICA is set, and ROADSTREAM_POSTGRES is not: name the server there$/,
  )
  assert.match(
    problemOf({ ...settings, ROADSTREAM_POSTGRES_REPLICA: 'postgres://me:hush@standby' }),
    /^ROADSTREAM_POSTGRES_REPLICA: give [^h]*(?!.*hush)/,
  )
})

test('a database that is asked without TLS beyond this machine is noticed', () => {
  for (const [url, isInClear] of [
    ['postgres://me@db/fleet', true],
    ['postgres://me@10.0.0.7/fleet', true],
    ['postgres://me@db/fleet?sslmode=require', false],
    ['postgres://me@localhost/fleet', false],
    ['postgres://me@[::1]/fleet', false],
    ['postgres://me@%2Frun%2Fpostgresql/fleet', false],
  ] as const) {
    const config = readConfig({ ROADSTREAM_POSTGRES: url })
    assert.ok(config.ok)
    assert.deepEqual(databasesInClear(config.value), isInClear ? [config.value.postgres?.host] : [], url)
  }
  const config = readConfig({
    ROADSTREAM_POSTGRES: 'postgres://me@localhost/fleet',
    ROADSTREAM_POSTGRES_REPLICA: 'postgres://me@standby/fleet',
  })
  assert.ok(config.ok)
  assert.deepEqual(databasesInClear(config.value), ['standby'])
})
