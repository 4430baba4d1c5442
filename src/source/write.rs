//! Bytes to one file: compressed as its name asks, and whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Writes `bytes` to `file`: as they are where it ends with `.json`, as gzip
/// where it ends with `.gz`, and else as zstd.
///
/// They are written beside it and then moved, so that a file cut short never
/// bears its name; without `replace`, a file that is there stays as it is.
///
/// # Errors
/// `AlreadyExists` where a file is there and may not be replaced; `InvalidInput`
/// where something stands there that is no file (a device, a link); otherwise what
/// the file system says.
pub fn whole(file: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    match fs::symlink_metadata(file) {
        Ok(_) if !replace => return Err(io::ErrorKind::AlreadyExists.into()),
        Ok(there) if !there.is_file() => {
            let message = "it is no regular file, and nothing else is replaced";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(_) | Err(_) => {}
    }
    let mut part = file.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    let written = write_part(&part, file, bytes).and_then(|()| {
        if replace {
            fs::rename(&part, file)
        } else {
            // A link is made only where nothing stands, whoever came first; not
            // every file system has links.
            fs::hard_link(&part, file).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::rename(&part, file),
            })
        }
    });
    if !replace || written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_part(part: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    const LEVEL: i32 = 9;
    let mut options = OpenOptions::new();
    // `create_new` follows no link that somebody put there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        // What a cluster grants is for nobody else on this machine.
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut out = options.open(part)?;
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => out.write_all(bytes)?,
        Some("gz") => {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(&mut out, level);
            encoder.write_all(bytes)?;
            encoder.finish()?;
        }
        _ => {
            let mut encoder = zstd::stream::write::Encoder::new(&mut out, LEVEL)?;
            encoder.include_checksum(true)?;
            encoder.write_all(bytes)?;
            encoder.finish()?;
        }
    }
    out.sync_all()
}
