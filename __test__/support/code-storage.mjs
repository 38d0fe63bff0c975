/**
 * How AWS keeps the code of functions. What a request with code does not say is the default again, where MiniStack keeps
 * what was said before.
 */
export class CodeStorage {
  #said = new Map()

  /** Takes a call that has been done. */
  note({ operation, name, request }) {
    if (operation === 'CreateFunction') this.#said.set(name, request.Code)
    if (operation === 'UpdateFunctionCode' && request.DryRun !== true) this.#said.set(name, request)
    if (operation === 'DeleteFunction') this.#said.delete(name)
  }

  /** `Code` of GetFunction, put right. */
  show({ name }, code) {
    const said = this.#said.get(name)
    if (!said) return code
    const { SourceKMSKeyArn, ResolvedS3Object, ...others } = code
    const key = said.SourceKMSKeyArn ? { SourceKMSKeyArn } : {}
    return { ...others, ...key, ...(said.S3ObjectStorageMode === 'REFERENCE' ? { ResolvedS3Object } : {}) }
  }

  clear() {
    this.#said.clear()
  }
}
