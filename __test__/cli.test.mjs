// The command line's arguments: what it takes, what it refuses, and what it says of itself.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { run } from './support/command.mjs'

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const table = read('../js/options.json')

const cli = (...args) => run(process.execPath, [MAIN, ...args])

/** The three parts on stderr. */
function parts(stderr) {
  const found = /^error: (?<message>.*?)\n(hint: (?<hint>.*?)\n)?code: (?<code>.*)\n$/s.exec(stderr)
  return found?.groups ?? assert.fail(stderr)
}

async function refused(args, expected) {
  const { code, stdout, stderr } = await cli(...args)
  assert.equal(code, 2, stderr)
  assert.equal(stdout, '')
  const told = parts(stderr)
  for (const [part, pattern] of Object.entries(expected)) assert.match(told[part] ?? '', pattern)
  return stderr
}

/** Every option of a type by its path, objects flattened. */
function walk(type, parents = []) {
  return Object.entries(table[type]).flatMap(([key, field]) => {
    const path = [...parents, key]
    // Whoever reads the command's output gets the answer as it is.
    if (type === 'InvokeOptions' && key === 'raw') return []
    // A callback is the command's own.
    if (field.type === 'function') return []
    return field.type === 'object' && field.of !== 'DeployPlan' ? walk(field.of, path) : [{ path, field }]
  })
}

const kebab = (path) => path.join('-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

describe('help', () => {
  const commands = {
    pack: ['PackOptions'],
    deploy: ['DefinitionOptions', 'PackOptions', 'DeployOptions'],
    versions: ['VersionsOptions'],
    rollback: ['RollbackOptions'],
    prune: ['PruneOptions'],
    init: ['InitOptions'],
    invoke: ['InvokeOptions'],
    logs: ['LogsOptions'],
    status: ['StatusOptions'],
    remove: ['RemoveOptions'],
  }
  for (const [command, types] of Object.entries(commands)) {
    test(`${command} has a flag for every option of the API`, async () => {
      const { code, stdout, stderr } = await cli(command, '--help')
      assert.equal(code, 0)
      assert.equal(stderr, '')
      const text = stdout.replace(/\s+/g, ' ')
      for (const { path, field } of types.flatMap((type) => walk(type))) {
        const name = kebab(path)
        const shapes = { boolean: [`--${name}`, `--no-${name}`], false: [`--no-${name}`] }
        for (const shape of shapes[field.type] ?? [`--${name} <[\\w.=,…]+>`]) {
          assert.match(stdout, new RegExp(`^  ${shape}  +\\S`, 'm'))
        }
        const first = field.doc.split(/[.`*]/)[0]
        assert.ok(text.includes(first), `${name}: ${first}`)
        if (field.nullable) assert.match(stdout, new RegExp(`^  --no-${name}  +Sets ${path.join('.')} to null\\.`, 'm'))
        for (const choice of field.choices ?? []) assert.ok(text.includes(`"${choice}"`), choice)
      }
      if (types.includes('PackOptions')) assert.match(text, /Default: production\./)
      assert.doesNotMatch(text, /\*\*|`/)
      assert.match(stdout, /^Examples:\n {2}# .+\n {2}\$ lambda-pack /m)
    })
  }

  test('the program names its commands, its version and its exit codes', async () => {
    for (const args of [['--help'], ['-h'], ['help']]) {
      const { code, stdout } = await cli(...args)
      assert.equal(code, 0)
      assert.match(stdout, /^ {2}pack .*\n {2}deploy .*/m)
      assert.match(stdout, /0 done, 1 failed, 2 wrong usage/)
      // What it says of signals is what the README says.
      const [codes] = /129, 130 or 143 stopped by a signal/.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8'))
      assert.ok(stdout.includes(codes), stdout)
    }
    const { code, stdout } = await cli('--version')
    assert.deepEqual([code, stdout], [0, `${read('../package.json').version}\n`])
  })

  test('speaks of flags where the API speaks of options', async () => {
    const { stdout } = await cli('deploy', '--help')
    const text = stdout.replace(/\s+/g, ' ')
    assert.match(text, /An archive made before, instead of --root; .* Implies --publish\./)
  })

  test('without a command it is shown as an error', async () => {
    const { code, stdout, stderr } = await cli()
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^Usage: lambda-pack /)
  })
})

describe('wrong usage', () => {
  const code = /^WRONG_USAGE$/

  test('a mistyped command and a mistyped option get a suggestion', async () => {
    await refused(['pak'], { message: /^Unknown command 'pak'$/, hint: /^Did you mean pack\?$/, code })
    await refused(['pack', '--levl', '3'], { message: /^Unknown option '--levl'$/, hint: /--level\?$/, code })
    // The missing option is only missing because it is mistyped.
    const mistyped = ['deploy', '--function-nam', 'f']
    await refused(mistyped, { message: /'--function-nam'$/, hint: /--function-name\?$/, code })
    await refused(['pack', '--function-name', 'f'], { message: /^Unknown option/, hint: /pack --help/, code })
  })

  test('a function needs a name', async () => {
    const message = /^Option '--function-name <name>' is required$/
    await refused(['deploy'], { message, hint: /deploy --help/, code })
  })

  test('numbers are numbers; whether they fit is said by the API', async () => {
    const invalid = { code: /^INVALID_OPTION$/ }
    for (const text of ['abc', '', '0x10', 'Infinity', '1,5']) {
      await refused(['pack', '--threads', text], { message: /'--threads <number>'.*Expected a number\.$/, code })
      // A level can be a word as well.
      const message = `^Expected a number or 'fast' or 'max' for --level but received '${text}'$`
      await refused(['pack', '--level', text], { message: new RegExp(message), ...invalid })
    }
    const deploy = ['deploy', '--function-name', 'f', '--region', 'us-east-1']
    await refused(['pack', '--level', '1.9'], { message: /whole number .* for --level .* 1\.9$/, ...invalid })
    await refused(['pack', '--threads', '-1'], { message: /for --threads but received -1$/, ...invalid })
    await refused([...deploy, '--timeout', '0'], { message: /for --timeout but received 0$/, ...invalid })
    await refused([...deploy, '--s3-prefix', 'a'], { message: /for --s3-bucket /, ...invalid })
  })

  test('a choice is one of its choices', async () => {
    await refused(['pack', '--mode', 'most'], { message: /Allowed choices are production, all\.$/, code })
  })

  test('a variable needs its value, and what may be one is not shown', async () => {
    const deploy = ['deploy', '--function-name', 'f']
    const mistyped = '--enviroment=A=hunter2'
    for (const given of [['--environment', 'hunter2'], ['--environment', '=hunter2'], [mistyped]]) {
      const args = [...deploy, ...given]
      const stderr = await refused(args, { message: /--enviro/, code })
      assert.doesNotMatch(stderr, /hunter2/)
    }
  })

  test('the folder is given once', async () => {
    await refused(['pack', 'a', '--root', 'b'], { message: /^The root is 'a' .* and 'b' by --root$/, code })
    await refused(['pack', 'a', 'b'], { message: /^Too many arguments/, code })
  })

  test('a flag is not taken for the value of the flag before it', async () => {
    const args = ['deploy', '--function-name', '--publish']
    await refused(args, { message: /no value: --publish follows/, hint: /--function-name=--publish/, code })
    await refused(['pack', '--out', '--help'], { message: /no value/, code })
    await refused(['pack', '--out'], { message: /argument missing$/, code })
  })

  test('--json tells it on stdout as well', async () => {
    const { code: exit, stdout, stderr } = await cli('pack', '--json', '--levl', '3')
    assert.equal(exit, 2)
    const { error } = JSON.parse(stdout)
    const hint = 'Did you mean --level?'
    assert.deepEqual(error, { code: 'WRONG_USAGE', message: 'Unknown option \'--levl\'', hint })
    assert.match(parts(stderr).code, code)
  })
})

test('a second KEY=VALUE behind --environment is not taken for the folder, and not repeated', async () => {
  const args = ['deploy', '--function-name', 'f', '--environment', 'A1=1', 'TOKEN=s3cret']
  const stderr = await refused(args, { code: /WRONG_USAGE/, hint: /--environment A=1 --environment B=2/ })
  assert.doesNotMatch(stderr, /s3cret/)
})
