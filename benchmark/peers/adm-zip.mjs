// adm-zip, as its README shows it, at its default level.

import AdmZip from 'adm-zip'

const [folder, out] = process.argv.slice(2)
const archive = new AdmZip()
archive.addLocalFolder(folder)
archive.writeZip(out)
