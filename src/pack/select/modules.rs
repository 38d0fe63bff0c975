//! A `node_modules` folder of the project's own: which of its entries production needs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Mount, Production, Walk};
use crate::error::Error;
use crate::pack::list::FileType;
use crate::pack::rules::Reason;

/// What installers keep for themselves: state that differs between machines, caches, their own logs.
const INSTALLER_FILES: &[&str] = &[
    ".package-lock.json",
    ".yarn-integrity",
    ".yarn-state.yml",
    ".modules.yaml",
    ".pnpm-workspace-state.json",
    ".pnpm-workspace-state-v1.json",
    ".cache",
    ".vite",
    ".vitest",
    ".bun-tag",
];

/// Folders in which installers keep the packages, with links leading there.
const STORES: &[&str] = &[".pnpm", ".store", ".bun"];

/// What installers on Windows add to a command's name.
const SCRIPTS: &[&str] = &[".cmd", ".ps1", ".exe"];

const NOT_PRODUCTION: &str = "not needed by production";
const INSTALLER: &str = "installer metadata";

impl Walk<'_> {
    /// Walks what production needs of `folder`, a `node_modules` relative to the root.
    pub(super) fn modules(
        &mut self,
        mount: &Arc<Mount>,
        folder: &Path,
        owners: &[PathBuf],
        production: &Production,
    ) -> Result<(), Error> {
        let owner = folder.parent().unwrap_or(Path::new(""));
        if !owners.iter().any(|known| known == owner) {
            // Nothing says which of them are needed.
            return self.later(mount, folder);
        }
        for (name, kind) in self.list(mount, folder)? {
            let at = folder.join(&name);
            if kind == FileType::Folder && self.is_only_for_our_cache(mount, &at)? {
                continue;
            }
            if self.stays_out(&at, &mount.disk(&at), kind)? {
                continue;
            }
            if name.to_str().is_some_and(|name| INSTALLER_FILES.contains(&name)) {
                self.not_production(&at, INSTALLER);
            } else if name.to_str().is_some_and(|name| STORES.contains(&name)) && kind == FileType::Folder {
                self.store(mount, &at, production)?;
            } else if name == ".bin" && kind == FileType::Folder {
                self.commands(mount, &at, production)?;
            } else if starts_with(&name, b'@') && kind == FileType::Folder {
                for (scoped, kind) in self.list(mount, &at)? {
                    self.package(mount, &at.join(scoped), kind, production)?;
                }
            } else if starts_with(&name, b'.') || kind == FileType::File {
                self.later(mount, &at)?;
            } else {
                self.package(mount, &at, kind, production)?;
            }
        }
        Ok(())
    }

    /// A store's folders are named after a package with its version; those that production reaches go in.
    fn store(&mut self, mount: &Arc<Mount>, store: &Path, production: &Production) -> Result<(), Error> {
        for (name, kind) in self.list(mount, store)? {
            let at = store.join(&name);
            // Beside them is a node_modules full of links, for packages that use what they do not declare. Those
            // that lead to nothing in the package are dropped later.
            if kind == FileType::Folder && (name == "node_modules" || production.reaches_into(&at)) {
                self.later(mount, &at)?;
            } else {
                self.not_production(&at, if kind == FileType::Folder { NOT_PRODUCTION } else { INSTALLER });
            }
        }
        Ok(())
    }

    /// Links to commands, or where there are no links small scripts: those of packages that production needs.
    fn commands(&mut self, mount: &Arc<Mount>, folder: &Path, production: &Production) -> Result<(), Error> {
        for (name, _) in self.list(mount, folder)? {
            let path = mount.disk(&folder.join(&name));
            let target = self.found.recorder.canonicalize(&path).ok().filter(|target| *target != path);
            let inside = target.as_deref().and_then(|target| target.strip_prefix(&mount.real).ok());
            let needed = match inside {
                Some(target) => target.ancestors().any(|above| production.packages.contains(above)),
                None => name.to_str().is_some_and(|name| production.commands.contains(command(name))),
            };
            if needed {
                self.later(mount, &folder.join(&name))?;
            } else {
                self.not_production(&folder.join(&name), NOT_PRODUCTION);
            }
        }
        Ok(())
    }

    fn package(&mut self, mount: &Arc<Mount>, at: &Path, kind: FileType, production: &Production) -> Result<(), Error> {
        let needed = if kind == FileType::Link {
            // A link that leads to nothing, or out, is needed by nobody unless the walk came by it.
            production.outside.contains(at)
                || self.found.recorder.canonicalize(&mount.disk(at)).is_ok_and(|real| {
                    real.strip_prefix(&mount.real).is_ok_and(|inside| production.reaches_into(inside))
                })
        } else {
            kind == FileType::File || production.packages.contains(at) || self.rules_keep(mount, at, kind)?
        };
        if needed {
            self.later(mount, at)
        } else {
            self.not_production(at, NOT_PRODUCTION);
            Ok(())
        }
    }

    fn not_production(&mut self, at: &Path, rule: &str) {
        self.leave_out(at, Reason::Production, rule.to_owned());
    }
}

/// The command that a script stands for.
fn command(script: &str) -> &str {
    SCRIPTS.iter().find_map(|end| script.strip_suffix(end)).unwrap_or(script)
}

fn starts_with(name: &OsStr, byte: u8) -> bool {
    name.as_encoded_bytes().first() == Some(&byte)
}
