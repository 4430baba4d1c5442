//! Embeds the rubric: each `rubric/**/*.yaml` becomes JSON in `OUT_DIR`, and a
//! table of path and text is generated, so that start-up parses no YAML.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rubric");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(Path::new("rubric"), &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let yaml = fs::read_to_string(file)?;
        let value: serde_json::Value = serde_saphyr::from_str(&yaml)
            .map_err(|error| format!("rubric/{file}: {error}", file = file.as_str()))?;
        let name = file.trim_start_matches("rubric/");
        writeln!(table, "    ({name:?}, {text:?}),", text = serde_json::to_string(&value)?)?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rubric.rs"), table)?;
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
