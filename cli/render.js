'use strict'

// Results -> lines for people. Whoever wants everything asks for --json.

const { codeLines } = require('./files.js')
const { inFlags } = require('./flags.js')
const { counted, duration, exactSize, printable, size } = require('./words.js')

// A tree of dependencies can hold hundreds of files that are always left out.
const MOST_NAMED = 10

const WAYS = { none: 'none, the code is there already', direct: 'in the request', s3: 'through S3' }

const REASONS = {
  ignore: 'by ignore patterns',
  production: 'that production does not need',
  link: 'linking to what is left out',
}

function packLines(result, colours) {
  const { bold, green } = colours
  return [
    `${green('Packed')} ${counted(result.fileCount, 'file')} into ${bold(printable(result.path))}`,
    ...table(colours, [
      ['size', exactSize(result.size)],
      ['unzipped', exactSize(result.unzippedSize)],
      ['sha256', result.codeSha256],
      ...leftOut(result),
      ['time', duration(result.durationMs)],
    ]),
    ...warningLines(result, colours),
  ]
}

function inspectLines(result, colours) {
  const { bold, green, red, yellow } = colours
  const shown = (severity) => (severity === 'error' ? red(severity) : yellow(severity))
  return [
    `${result.ok ? green('Sound') : red('Faulty')} ${bold(printable(result.path))}`,
    ...table(colours, [
      ['files', result.fileCount.toLocaleString('en-US')],
      ['size', exactSize(result.size)],
      ['unzipped', exactSize(result.unzippedSize)],
      ['sha256', result.codeSha256],
      ['time', duration(result.durationMs)],
    ]),
    ...result.problems.map(({ code, severity, message }) => `${shown(severity)} ${code}: ${printable(message)}`),
  ]
}

function deployLines(result, colours) {
  const { packed, dryRun, upload } = result
  const way = WAYS[upload] ?? upload
  return [
    headline(result, colours),
    ...table(colours, [
      ['arn', result.functionArn],
      ['url', dryRun ? undefined : result.functionUrl],
      // In a dry run the rest of the fields is of what is deployed, not of what would be.
      ['version', dryRun ? undefined : result.version],
      ['alias', dryRun || !result.alias ? undefined : `${result.alias} -> ${result.version}`],
      ['size', packed ? exactSize(packed.size) : !dryRun && result.codeSize && exactSize(result.codeSize)],
      ['unzipped', packed && exactSize(packed.unzippedSize)],
      ['files', packed && packed.fileCount.toLocaleString('en-US')],
      ['sha256', result.codeSha256],
      ['upload', way],
      ...named('changes', result.changes.map(change)),
      ...named('files', codeLines(result.code)),
      ...(packed ? leftOut(packed) : []),
      ['time', duration(result.durationMs)],
    ]),
    ...warningLines(result, colours),
  ]
}

function planLines(result, colours) {
  const { functionName, created, changes, operations, upload, codeSha256, code } = result
  const name = colours.bold(printable(functionName))
  if (operations.length === 0) return [`${name} is up to date`, ...warningLines(result, colours)]
  return [
    `${name} would be ${created ? 'created' : 'updated'}`,
    ...table(colours, [
      ['sha256', codeSha256],
      ['upload', WAYS[upload] ?? upload],
      ...named('changes', changes.map(change)),
      ...named('files', codeLines(code)),
      ...named('calls', operations),
    ]),
    ...warningLines(result, colours),
  ]
}

function versionsLines({ functionName, versions }, colours) {
  const { bold } = colours
  if (versions.length === 0) return [`${bold(printable(functionName))} has no published versions`]
  return [`${counted(versions.length, 'version')} of ${bold(printable(functionName))}`, ...versionRows(versions, colours)]
}

function versionRows(versions, colours) {
  return table(colours, versions.map(({ version, lastModified, codeSize, aliases, description }) => {
    const used = aliases.length > 0 ? `used by ${aliases.map(printable).join(', ')}` : ''
    return [version, [lastModified, size(codeSize), used, description && printable(description)].filter(Boolean).join('  ')]
  }))
}

function rollbackLines({ functionName, alias, before, after, durationMs }, colours) {
  const { bold, green } = colours
  const name = `${bold(printable(functionName))}:${printable(alias)}`
  if (before === after) return [`${name} points at version ${after} already`]
  return [`${green('Rolled back')} ${name}`, ...table(colours, [
    ['before', before],
    ['now', after],
    ['time', duration(durationMs)],
  ])]
}

function pruneLines({ functionName, removed, kept, refused, dryRun }, colours) {
  const { bold, green, yellow } = colours
  const name = bold(printable(functionName))
  const stays = `${counted(kept.length, 'version')} of ${name} ${kept.length === 1 ? 'stays' : 'stay'}`
  const refusals = refused.map(({ version, reason }) => `${yellow('not removed')} ${version}: ${printable(reason)}`)
  if (removed.length === 0) return [`Nothing ${refused.length > 0 ? 'was removed' : 'to remove'}: ${stays}`, ...refusals]
  const headline = dryRun ? 'Dry run: would remove' : green('Removed')
  return [
    `${headline} ${counted(removed.length, 'version')}; ${stays}`,
    ...versionRows(removed, colours),
    ...refusals,
  ]
}

function headline({ functionName, created, changes, dryRun }, { bold, green }) {
  const name = bold(printable(functionName))
  if (dryRun) {
    const would = created ? 'would be created' : changes.length > 0 ? 'would be updated' : 'is up to date'
    return `Dry run: ${name} ${would}; nothing was changed`
  }
  if (created) return `${green('Created')} ${name}`
  if (changes.length > 0) return `${green('Updated')} ${name}`
  return `${name} is ${green('up to date')}; nothing was changed`
}

function change({ field, before, after }) {
  // Variables may be secrets; the API does not tell their values, and only in a plan which is which.
  if (field.startsWith('environment.') && ![before, after].some(isTold)) return `${printable(field)}: (value not shown)`
  // What is not known before is the number that AWS gives.
  return `${printable(field)}: ${before ? printable(before) : '(none)'} -> ${valueAfter(after)}`
}

function isTold(value) {
  return value !== undefined && value !== '(hidden)'
}

function valueAfter(after) {
  if (after === undefined) return '(new)'
  return after === '' ? '(none)' : printable(after)
}

/** What is always left out is named, as it may be a secret or be missed; the rest is counted. */
function leftOut({ excluded }) {
  const always = excluded.filter(({ reason }) => reason === 'always')
  const lines = always.slice(0, MOST_NAMED).map(({ path, rule }) => {
    return path === rule ? printable(path) : `${printable(path)} (${printable(rule)})`
  })
  const rest = always.length - MOST_NAMED
  if (rest > 0) lines.push(`and ${counted(rest, 'more path')} like these`)
  const counts = new Map()
  for (const { reason } of excluded) {
    // That the archive does not hold itself is no news.
    if (!['always', 'archive'].includes(reason)) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  for (const [reason, count] of counts) lines.push(`${counted(count, 'path')} ${REASONS[reason] ?? reason}`)
  return named('left out', lines)
}

/** The warnings of a result, one line each. */
function warningLines({ warnings = [] }, { yellow }) {
  return warnings.map(({ severity, message, code }) => {
    const label = severity === 'warning' ? yellow('warning:') : `${severity}:`
    return `${label} ${printable(inFlags(message))} (${code})`
  })
}

/** A row for each line, the first with the label. */
function named(label, lines) {
  return lines.map((line, index) => [index === 0 ? label : '', line])
}

/** Rows of label and text, without those that have no text. */
function table({ dim }, rows) {
  const told = rows.filter(([, text]) => text)
  const width = Math.max(...told.map(([label]) => label.length))
  return told.map(([label, text]) => `  ${dim(label.padEnd(width))}  ${text}`)
}

module.exports = { deployLines, inspectLines, packLines, planLines, pruneLines, rollbackLines, table, versionsLines, warningLines }
