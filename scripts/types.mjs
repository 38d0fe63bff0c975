// Reads the generated index.d.ts. Its form is the generator's, so lines are enough.

const OPTION_TYPES = [
  'PackOptions',
  'DefinitionOptions',
  'DeployOptions',
  'S3Options',
  'Timeouts',
  'VpcConfig',
  'DeadLetterConfig',
  'TracingConfig',
  'FileSystemConfig',
  'EphemeralStorage',
  'SnapStart',
  'LoggingConfig',
  'DurableConfig',
  'S3FilesConfig',
  'CapacityProviderConfig',
  'LambdaManagedInstancesCapacityProviderConfig',
  'TenancyConfig',
  'RuntimeManagementConfig',
  'Permission',
  'FunctionUrlConfig',
  'Cors',
  'UrlPermission',
  'EventInvokeConfig',
  'DestinationConfig',
  'Destination',
  'DeployPlan',
  'Change',
  'CodeChanges',
  'CodeFile',
  'Warning',
  'InspectOptions',
  'VersionsOptions',
  'RollbackOptions',
  'PruneOptions',
  'InitOptions',
  'InvokeOptions',
  'LogsOptions',
  'StatusOptions',
  'RemoveOptions',
]

/** Without the declarations that only index.js uses. */
export function withoutInternals(source) {
  const declaration = /\/\*\*\n(?: \*.*\n)* \*\/\nexport [^\n]*\{\n(?:.*\n)*?\}\n\n?/g
  const own = source.replace(declaration, (text) => (text.split('*/')[0].includes('@internal') ? '' : text))
  // The loader's own mark; index.js does not pass it on.
  return own.replace(/(?:\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?export declare const __napiBindingTarget[^\n]*\n\n?/, '')
}

/** For each options type its fields: what JavaScript checks, and what the command line offers. */
export function optionTable(source) {
  return Object.fromEntries(OPTION_TYPES.map((name) => [name, fields(source, name)]))
}

function fields(source, name) {
  const start = source.indexOf(`export interface ${name} {\n`)
  if (start < 0) throw new Error(`index.d.ts has no ${name}`)
  const body = source.slice(source.indexOf('\n', start) + 1, source.indexOf('\n}', start))
  const table = {}
  let doc = []
  for (const line of body.split('\n').map((text) => text.trim())) {
    const field = /^(\w+)(\??): (.+)$/.exec(line)
    if (field) {
      const [, key, optional, type] = field
      table[key] = { ...shape(type), required: optional === '', doc: doc.join(' ') }
      doc = []
    } else {
      const text = line.replace(/^\/\*\*|^\*(?!\/)|\*\/$/g, '').trim()
      if (text) doc.push(text)
    }
  }
  return table
}

function shape(type) {
  if (type.endsWith(' | null')) return { ...shape(type.slice(0, -' | null'.length)), nullable: true }
  const [, of] = /^Array<(\w+)>$/.exec(type) ?? []
  if (OPTION_TYPES.includes(of)) return { type: 'objects', of }
  // Names of operations, which nobody but us makes.
  if (of === 'Operation') return { type: 'strings' }
  if (['string', 'number', 'boolean'].includes(type)) return { type }
  if (type === 'false') return { type: 'false' }
  if (type === 'unknown') return { type: 'json' }
  if (type.startsWith('(')) return { type: 'function' }
  if (type === 'FunctionDefinition') return { type: 'definition' }
  if (type === 'Array<string>') return { type: 'strings' }
  if (type === 'Record<string, string>') return { type: 'record' }
  if (/^'[^']*'( \| '[^']*')*$/.test(type)) return { type: 'choice', choices: [...type.matchAll(/'([^']*)'/g)].map((m) => m[1]) }
  if (OPTION_TYPES.includes(type)) return { type: 'object', of: type }
  if (type.includes(' | ')) return { type: 'any', of: members(type).map(shape) }
  throw new Error(`no check is known for the type ${type}`)
}

/** The members of a union, its strings together. */
function members(type) {
  const parts = type.split(' | ')
  const literals = parts.filter((part) => part.startsWith("'"))
  const others = parts.filter((part) => !part.startsWith("'"))
  return literals.length > 0 ? [...others, literals.join(' | ')] : others
}
