//! Embeds the rubric: each `rubric/**/*.yaml` becomes JSON in `OUT_DIR`, and a
//! table of path and text is generated, so that start-up parses no YAML. The
//! digest over the table is computed here too, so that start-up hashes nothing.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

use sha2::{Digest as _, Sha256};

/// What the words of log formats mean: their readers need these files by themselves,
/// since readers do not know the rubric.
const OF_LOGS: &str = "logs/";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rubric");
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR")?;
    let mut files = Vec::new();
    collect(Path::new("rubric"), &mut files)?;
    files.sort();
    let mut digest = Sha256::new();
    let mut table = String::from("&[\n");
    for file in &files {
        let yaml = fs::read_to_string(file)?;
        let value: serde_json::Value =
            serde_saphyr::from_str(&yaml).map_err(|error| format!("{file}: {error}"))?;
        let text = serde_json::to_string(&value)?;
        let name = file.trim_start_matches("rubric/");
        // Lengths keep two files from being read as one.
        digest.update(format!("{name}\n{}\n", text.len()));
        digest.update(&text);
        writeln!(table, "    ({name:?}, {text:?}),")?;
        if let Some(log) = name.strip_prefix(OF_LOGS) {
            fs::write(Path::new(&out).join(log).with_extension("json"), &text)?;
        }
    }
    table.push_str("]\n");
    let mut hex = String::from("\"sha256:");
    for byte in digest.finalize() {
        write!(hex, "{byte:02x}")?;
    }
    hex.push('"');
    fs::write(Path::new(&out).join("rubric.rs"), table)?;
    fs::write(Path::new(&out).join("rubric-digest.rs"), hex)?;
    Ok(())
}

/// Paths of all YAML files below `folder`, `/` separated.
fn collect(folder: &Path, files: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}
