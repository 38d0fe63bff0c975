//! The `zip` crate's parallel mode. Of its two variants this is the one whose bytes do not depend on the threads'
//! order; it holds the whole archive in memory.

use std::{
    error::Error,
    fs::{self, File},
    io::BufWriter,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

pub fn pack(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    let mut links = Vec::new();
    walk(folder, &mut String::new(), &mut files, &mut links)?;
    files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut writer = ZipWriter::new(BufWriter::with_capacity(1 << 20, File::create(out)?));
    writer.par_append_from_paths_atomic(files)?;
    for (name, target) in links {
        writer.add_symlink(name, target, SimpleFileOptions::default())?;
    }
    writer.finish()?;
    Ok(())
}

type Entry = (String, PathBuf, SimpleFileOptions);

fn walk(
    folder: &Path,
    name: &mut String,
    files: &mut Vec<Entry>,
    links: &mut Vec<(String, String)>,
) -> Result<(), Box<dyn Error>> {
    let length = name.len();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        name.push_str(&entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            name.push('/');
            walk(&entry.path(), name, files, links)?;
        } else if kind.is_symlink() {
            links.push((name.clone(), fs::read_link(entry.path())?.to_string_lossy().into_owned()));
        } else if kind.is_file() {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .unix_permissions(entry.metadata()?.permissions().mode());
            files.push((name.clone(), entry.path(), options));
        }
        name.truncate(length);
    }
    Ok(())
}
