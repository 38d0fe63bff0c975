import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { EMPTY_ARCHIVE, folder, namesIn, noise, treeAt, unixOnly } from './support/trees.mjs'

const PEM = { type: 'pkcs8', format: 'pem' }
const PUBLIC = { type: 'spki', format: 'pem' }
const ec = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: PEM,
  publicKeyEncoding: PUBLIC,
})
const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: PUBLIC,
})
const sealed = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { ...PEM, cipher: 'aes-256-cbc', passphrase: 'secret' },
  publicKeyEncoding: PUBLIC,
})
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

async function packed(t, tree, options) {
  const root = await treeAt(t, tree)
  const out = join(await folder(t), 'function.zip')
  const { excluded } = await pack({ root, out, ...options })
  return { names: await namesIn(out), excluded }
}

test('version control and files of secrets stay out at every depth, and are named', async (t) => {
  const { names, excluded } = await packed(t, {
    'index.js': '',
    '.git/config': '',
    'vendor/module/.git': 'gitdir: ../..',
    '.env': 'A=1',
    '.env.production': 'A=1',
    'config/.env.local': 'A=1',
    '.npmrc': '//registry.npmjs.org/:_authToken=npm_secret',
    'packages/a/.npmrc': '',
    '.aws/credentials': '[default]',
    '.gitignore': 'kept',
    'config/env.js': 'kept',
  })
  assert.deepEqual(names, ['.gitignore', 'config/env.js', 'index.js'])
  const always = (path, rule) => ({ path, reason: 'always', rule })
  assert.deepEqual(excluded, [
    always('.aws', '.aws'),
    always('.env', '.env*'),
    always('.env.production', '.env*'),
    always('.git', '.git'),
    always('.npmrc', '.npmrc'),
    always('config/.env.local', '.env*'),
    always('packages/a/.npmrc', '.npmrc'),
    always('vendor/module/.git', '.git'),
  ])
})

test('so do other settings with tokens in them, in capitals too, and what was packed before', async (t) => {
  const left = [
    '.ENV.Local',
    '.lambdaignore',
    '.netrc',
    '.yarnrc.yml',
    'ID_RSA',
    'Store.P12',
    'function.json',
    'function.zip',
    'packages/a/.yarnrc.yml',
  ]
  const kept = ['assets/function.json', 'assets/function.zip', 'environment.js', 'index.js']
  const { names, excluded } = await packed(
    t,
    Object.fromEntries([...left, ...kept].map((name) => [name, ''])),
  )
  assert.deepEqual(names, kept)
  assert.deepEqual(
    excluded.map(({ path, reason }) => `${path} ${reason}`),
    left.map((name) => `${name} always`),
  )
})

test('private keys stay out by name and by content, and what is public goes in', async (t) => {
  const { names, excluded } = await packed(t, {
    'index.js': '',
    'keys/id_rsa': 'a key',
    'keys/id_ed25519': 'a key',
    'keys/id_ed25519.pub': 'ssh-ed25519 AAAA',
    'store.p12': noise(100),
    'store.pfx': noise(100),
    'store.jks': noise(100),
    'putty.ppk': 'PuTTY-User-Key-File-3',
    'ec.pem': ec.privateKey,
    'rsa.key': rsa.privateKey,
    'sealed.PEM': sealed.privateKey,
    'chain-and-key.pem': CERTIFICATE.repeat(20) + ec.privateKey,
    'ca.pem': CERTIFICATE.repeat(3),
    'public.pem': ec.publicKey,
    'translation.key': 'greeting=hello',
    'empty.pem': '',
    'how-to.md': 'It begins with -----BEGIN PRIVATE KEY-----',
  })
  const kept = [
    'ca.pem',
    'empty.pem',
    'how-to.md',
    'index.js',
    'keys/id_ed25519.pub',
    'public.pem',
    'translation.key',
  ]
  assert.deepEqual(names, kept)
  assert.ok(excluded.every(({ reason }) => reason === 'always'))
  const byContent = excluded.filter(({ rule }) => rule === 'private key').map(({ path }) => path)
  assert.deepEqual(byContent, ['chain-and-key.pem', 'ec.pem', 'rsa.key', 'sealed.PEM'])
  assert.equal(excluded.length, 10)
})

test('private keys inside of packages stay out as well', async (t) => {
  const { names, excluded } = await packed(t, {
    'package.json': '{"dependencies":{"a":"1"}}',
    'node_modules/a/package.json': '{}',
    'node_modules/a/test/server.key': rsa.privateKey,
    'node_modules/a/.env': 'A=1',
  })
  assert.deepEqual(names, ['node_modules/a/package.json', 'package.json'])
  const paths = excluded.map(({ path }) => path)
  assert.deepEqual(paths, ['node_modules/a/.env', 'node_modules/a/test/server.key'])
})

test('! brings back what is always left out, and nothing more than it names', async (t) => {
  const { names, excluded } = await packed(
    t,
    { 'index.js': '', '.env': '', '.env.defaults': '', 'test.pem': ec.privateKey, 'real.pem': ec.privateKey },
    { ignore: ['!.env.defaults', '!/test.pem'] },
  )
  assert.deepEqual(names, ['.env.defaults', 'index.js', 'test.pem'])
  assert.deepEqual(excluded.map(({ path }) => path), ['.env', 'real.pem'])
})

test('patterns that bring back what they ignored themselves bring back no secret', async (t) => {
  const tree = {
    'index.js': '',
    '.env': '',
    '.env.js': '',
    'a/.npmrc': '',
    'a/b.js': '',
    'a.md': '',
    '.git/x.js': '',
  }
  for (const ignore of [
    ['*', '!*/', '!*.js'],
    ['/*', '!/a', '!index.js', '!.git*'],
    ['*.md', '!**'],
    ['*.md', '!*', '*.md'],
  ]) {
    const { names } = await packed(t, tree, { ignore })
    const secrets = names.filter((name) => /env|npmrc/.test(name))
    assert.deepEqual(secrets, [], ignore.join())
    assert.ok(names.includes('index.js') && names.includes('a/b.js'), ignore.join())
  }
})

test('the archive itself stays out, so that packing twice gives the same bytes', async (t) => {
  const root = await treeAt(t, { 'index.js': '', 'dist/other.zip': EMPTY_ARCHIVE })
  for (const name of ['function.zip', join('dist', 'deep', 'function.zip')]) {
    const out = join(root, name)
    const first = await pack({ root, out })
    const second = await pack({ root, out })
    const third = await pack({ root, out })
    const told = [{ path: name, reason: 'archive', rule: 'the archive itself' }]
    // It is told before it is there, too, if its folder is there to be looked into.
    assert.deepEqual(first.excluded, name === 'function.zip' ? told : [])
    assert.deepEqual(second.excluded, told)
    assert.deepEqual(third.excluded, told)
    assert.equal(second.codeSha256, first.codeSha256)
    assert.equal(third.codeSha256, first.codeSha256)
    // Another archive is a file like any other.
    assert.deepEqual(await namesIn(out), ['dist/other.zip', 'index.js'])
    await rm(out)
  }
})

test('the archive is known by another way to its folder, too', { skip: unixOnly }, async (t) => {
  const root = await treeAt(t, { 'app/index.js': '', 'way-to-app': { link: 'app' } })
  const out = join(root, 'way-to-app', 'function.zip')
  const first = await pack({ root: join(root, 'app'), out })
  const second = await pack({ root: join(root, 'app'), out })
  assert.equal(first.codeSha256, second.codeSha256)
  assert.deepEqual(second.excluded.map(({ reason }) => reason), ['archive'])
})

test('what an ended run left of its archive stays out, and is not told: it comes and goes', async (t) => {
  const { names, excluded } = await packed(t, { 'index.js': '', '.function.zip.x1.lambda-pack-tmp': 'half' })
  assert.deepEqual(names, ['index.js'])
  assert.deepEqual(excluded, [])
})
