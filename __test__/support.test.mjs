// The proofs that the test support itself can be trusted, a file per part of it.
import './support/tests/python.mjs'
import './support/tests/backend.mjs'
import './support/tests/front.mjs'
import './support/tests/faults.mjs'
import './support/tests/strict.mjs'
import './support/tests/locations.mjs'
import './support/tests/versions.mjs'
import './support/tests/readers.mjs'
