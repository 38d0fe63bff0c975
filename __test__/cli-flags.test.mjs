// Flags -> the API's options, without a call.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

const require = createRequire(import.meta.url)
const { flagsOf, inFlags, optionsOf } = require('../cli/flags.js')
const { UsageCommand } = require('../cli/usage.js')
const table = require('../js/options.json')

const home = mkdtempSync(join(tmpdir(), 'flags-'))
after(() => rmSync(home, { recursive: true }))
const PLAN = join(home, 'plan.json')
// Some editors begin a file with this mark.
writeFileSync(PLAN, '\ufeff{ "functionName": "f" }')

function parse(type, ...args) {
  const flags = flagsOf(type)
  const command = new UsageCommand('test').argument('[root]').action(() => {})
  for (const { options } of flags) options.forEach((option) => command.addOption(option))
  command.parse(args, { from: 'user' })
  return { options: optionsOf(command, flags), root: command.args[0] }
}

const deploy = (...args) => parse('DeployOptions', '--function-name', 'f', ...args).options

describe('flags', () => {
  test('each option of the table arrives under its own name, with its own type', () => {
    const given = {
      string: () => ['x', 'x'],
      number: () => ['7', 7],
      choice: ({ choices }) => [choices.at(-1), choices.at(-1)],
      strings: () => ['x', ['x']],
      record: () => ['K=v', { K: 'v' }],
      boolean: () => [undefined, true],
      false: () => [undefined, false],
      any: ({ of }) => given[of.at(-1).type](of.at(-1)),
      objects: ({ of }) => {
        const [key] = Object.entries(table[of]).find(([, { type }]) => type === 'string')
        return [`${key}=a=b`, [{ [key]: 'a=b' }]]
      },
      // Its own flag clears it; its parts have theirs.
      object: ({ of, nullable }) => (of === 'DeployPlan' ? [PLAN, { functionName: 'f' }] : [undefined, nullable ? null : {}]),
    }
    for (const type of ['PackOptions', 'DeployOptions']) {
      for (const { path, field, options: [option] } of flagsOf(type)) {
        const [text, value] = given[field.type](field)
        const args = [option.long, ...(text === undefined ? [] : [text])]
        const isNamed = type === 'PackOptions' || option.long === '--function-name'
        const needed = isNamed ? [] : ['--function-name', 'f']
        const { options } = parse(type, ...needed, ...args)
        assert.deepEqual(path.reduce((object, key) => object[key], options), value, option.long)
        assert.equal(Object.keys(options).length, 1 + needed.length / 2, option.long)
      }
    }
  })

  test('what can be null has a flag for that', () => {
    assert.deepEqual(deploy('--no-layers', '--no-timeout', '--no-environment', '--no-vpc-config'), {
      functionName: 'f', layers: null, timeout: null, environment: null, vpcConfig: null,
    })
    assert.deepEqual(deploy('--no-layers', '--layers', 'x').layers, ['x'])
    for (const both of [['--vpc-config-subnet-ids', 's', '--no-vpc-config'], ['--no-vpc-config', '--vpc-config-subnet-ids', 's']]) {
      assert.throws(() => deploy(...both), /--no-vpc-config does not go with flags of its parts/)
    }
  })

  test('a file system is given as the AWS CLI has it', () => {
    const { fileSystemConfigs } = deploy('--file-system-configs', 'arn=a,localMountPath=/mnt/x')
    assert.deepEqual(fileSystemConfigs, [{ arn: 'a', localMountPath: '/mnt/x' }])
    for (const text of ['Arn=a', 'arn=a,localMountPath=/mnt/x,arn=b']) {
      assert.throws(() => deploy('--file-system-configs', text), /Expected arn=…,localMountPath=…/)
    }
  })

  test('an object can be JSON, with values that hold a comma', () => {
    const file = { arn: 'arn:fs', localMountPath: '/mnt/a,b', s3FilesConfig: { directS3Read: 'AUTO' } }
    const both = deploy('--file-system-configs', JSON.stringify(file), '--file-system-configs', 'arn=a,localMountPath=/mnt/x')
    assert.deepEqual(both.fileSystemConfigs, [file, { arn: 'a', localMountPath: '/mnt/x' }])
    const permission = { action: 'a', principal: 'p', sourceArn: 'arn:aws:s3:::a,b', invokedViaFunctionUrl: true }
    assert.deepEqual(deploy('--permissions', ` ${JSON.stringify(permission)}`).permissions, [permission])
    const text = '{"eventSourceToken": "s3cret"'
    assert.throws(() => deploy('--permissions', text), ({ message }) => /as JSON for --permissions$/.test(message) && !/s3cret/.test(message))
  })

  test('what says something by being empty has a flag for that', () => {
    const url = ['--function-url-auth-type', 'NONE']
    assert.deepEqual(deploy(...url, '--no-function-url-cors', '--no-function-url-permissions').functionUrl, {
      authType: 'NONE', cors: {}, permissions: [],
    })
    assert.deepEqual(deploy('--no-event-invoke-config-destination-config').eventInvokeConfig, { destinationConfig: {} })
    const permission = ['--function-url-permissions', 'principal=*']
    assert.deepEqual(deploy('--no-function-url-permissions', ...permission).functionUrl.permissions, [{ principal: '*' }])
    for (const both of [['--function-url-cors-max-age', '5', '--no-function-url-cors'], ['--no-function-url-cors', '--function-url-cors-max-age', '5']]) {
      assert.throws(() => deploy(...url, ...both), /--no-function-url-cors does not go with flags of its parts/)
    }
    // What can be without anything, or is nothing then, has none.
    for (const flag of ['--no-s3', '--no-timeouts', '--no-include', '--no-vpc-config-subnet-ids']) {
      assert.throws(() => deploy(flag), /[Uu]nknown option/)
    }
  })

  test('what is not given is not passed on', () => {
    assert.deepEqual(parse('PackOptions').options, {})
    assert.deepEqual(deploy(), { functionName: 'f' })
  })

  test('booleans can be turned on and off, and the last word counts', () => {
    assert.equal(deploy('--publish').publish, true)
    assert.equal(deploy('--no-publish').publish, false)
    assert.equal(deploy('--publish', '--no-publish').publish, false)
    assert.equal(deploy('--no-publish', '--publish').publish, true)
  })

  test('a number or a word is what it looks like, and what is neither is left to the API', () => {
    const levels = [['7', 7], ['1.5', 1.5], ['-1', -1], ['1e1', 10], ['fast', 'fast'], ['0x10', '0x10'], ['', '']]
    for (const [text, level] of levels) {
      assert.deepEqual(parse('PackOptions', `--level=${text}`).options, { level })
    }
  })

  test('what can be false has a flag for that, and the last word counts', () => {
    assert.deepEqual(parse('PackOptions', '--cache', 'folder').options, { cache: 'folder' })
    assert.deepEqual(parse('PackOptions', '--no-cache').options, { cache: false })
    assert.deepEqual(parse('PackOptions', '--cache', 'folder', '--no-cache').options, { cache: false })
    assert.deepEqual(parse('PackOptions', '--no-cache', '--cache', '7').options, { cache: '7' })
    assert.throws(() => parse('PackOptions', '--no-level'), /no-level/)
  })

  test('a list takes one value each time, and leaves the folder alone', () => {
    const { options, root } = parse('PackOptions', '--ignore', 'a', '--ignore', '!b', 'folder')
    assert.deepEqual(options, { ignore: ['a', '!b'] })
    assert.equal(root, 'folder')
  })

  test('a variable\'s value may be empty and may hold "="', () => {
    const { environment } = deploy('--environment', 'A=', '--environment', 'B=c=d', '--environment=B2=x y')
    assert.deepEqual(environment, { A: '', B: 'c=d', B2: 'x y' })
    // The API refuses such a name; it must get to see it.
    assert.ok(Object.hasOwn(deploy('--environment', '__proto__=x').environment, '__proto__'))
  })

  test('an object\'s options are put together', () => {
    const { s3 } = deploy('--s3-bucket', 'b', '--s3-prefix', 'p/')
    assert.deepEqual(s3, { bucket: 'b', prefix: 'p/' })
  })

  test('a new option of the API is a flag by being in the table', () => {
    table.PackOptions.brandNew = { type: 'number', required: false, doc: 'New.' }
    try {
      assert.deepEqual(parse('PackOptions', '--brand-new', '7').options, { brandNew: 7 })
    } finally {
      delete table.PackOptions.brandNew
    }
  })
})

test('the API\'s words are put into the command line\'s', () => {
  const pairs = [
    ['`functionName`', '--function-name'],
    ['`s3.bucket`', '--s3-bucket'],
    ['(`s3: { bucket }`)', '(--s3-bucket)'],
    ['`s3: { bucket: \'name\' }`', '--s3-bucket name'],
    ['`symlinks: \'external\'`', '--symlinks external'],
    ['`ignore: [\'!.env local\']`', '--ignore \'!.env local\''],
    ['`cache: false`', '--no-cache'],
    ['`publish: true`', '--publish'],
    ['`pack()`', 'lambda-pack pack'],
    // No options, so none of our words.
    ['`node_modules`, `nodejs24.x`, `a: b`, root', '`node_modules`, `nodejs24.x`, `a: b`, root'],
  ]
  for (const [text, expected] of pairs) assert.equal(inFlags(text), expected)
})
