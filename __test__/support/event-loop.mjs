// JavaScript goes on while a call runs: no turn of the event loop is late.

import assert from 'node:assert/strict'
import { runModule } from './trees.mjs'

/** Milliseconds. */
const LONGEST = 20
/** Other work of the machine can take the processor away, so one good run of some proves it. */
const ATTEMPTS = 3

/** A timer of one millisecond, in a process that does nothing else; from before the call until it is settled. */
const timed = (work) => `
  let last = performance.now()
  let longest = 0
  let turns = 0
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
    turns++
  }
  const looking = setInterval(look, 1)
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setTimeout(resolve, 1))
  longest = 0
  turns = 0
  const told = await (async () => {${work}})()
  look()
  clearInterval(looking)
  console.log(JSON.stringify({ longest, turns, told }))`

/**
 * Does some work in a process of its own, and makes sure that no turn of its event loop is late by more than 20 ms.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} work as {@link runModule} takes it, the body of a function; what it answers must survive JSON
 * @param {unknown} input
 * @param {(told: any, turns: number) => void} looksRight is given what `work` answers, and how often the timer came
 */
export async function neverLate(t, work, input, looksRight) {
  const told = []
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { stdout, stderr } = await runModule(timed(work), input)
    assert.equal(stderr, '')
    const run = JSON.parse(stdout)
    looksRight(run.told, run.turns)
    told.push(run.longest)
    if (run.longest <= LONGEST) break
  }
  const milliseconds = `${told.map((longest) => longest.toFixed(1)).join(', ')} ms`
  t.diagnostic(milliseconds)
  assert.ok(Math.min(...told) <= LONGEST, milliseconds)
}
