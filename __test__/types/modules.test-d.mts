// From an ES module the same names are there, and nothing that only the library itself uses.
import * as all from 'lambda-pack-native'
import { deploy, LambdaPackError, pack } from 'lambda-pack-native'

export const functions: [typeof all.pack, typeof all.deploy] = [pack, deploy]
export const isOurs = (error: unknown): error is LambdaPackError => error instanceof all.LambdaPackError

// @ts-expect-error internal
export type Internal = all.Call
// @ts-expect-error internal
export type Failure = all.Failure
// @ts-expect-error the package has no such entry
export type { Binding } from 'lambda-pack-native/binding.js'
