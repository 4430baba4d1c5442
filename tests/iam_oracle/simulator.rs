//! The simulator, run by Node.

use std::{
    env,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::iam_case::{Answer, Case};

/// Where it is installed.
const FOLDER: &str = "GRADUS_IAM_SIMULATE";

/// Its answers, case by case; none where there is no simulator, which is said.
pub(crate) fn ask(cases: &[Case]) -> Option<Vec<Vec<Answer>>> {
    let Some(folder) = env::var_os(FOLDER) else {
        let required = env::var("GRADUS_REQUIRE_LIVE").is_ok_and(|value| value == "1");
        assert!(!required, "{FOLDER} is not set, and GRADUS_REQUIRE_LIVE is");
        eprintln!("\n!! LEFT OUT: {FOLDER} is not set, so no simulator was asked\n");
        return None;
    };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/iam_oracle/simulator.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> =
        cases.iter().map(|case| serde_json::to_string(case).unwrap()).collect();
    // Written beside the reading: neither pipe holds all of it.
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the simulator ended with {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Vec<Answer>> = text
        .lines()
        .zip(cases)
        .map(|(line, case)| {
            let value: Value = serde_json::from_str(line).unwrap();
            serde_json::from_value(value).unwrap_or_else(|_| {
                panic!("the simulator says {line} to {}", serde_json::to_string(case).unwrap())
            })
        })
        .collect();
    assert_eq!(answers.len(), cases.len(), "one answer a case");
    Some(answers)
}
