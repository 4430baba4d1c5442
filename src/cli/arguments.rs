//! What can be typed. Names of options are part of the interface.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{exit, live::Live, output::Destination, schema::SchemaName};
use crate::{
    model::{finding::Severity, level::Level},
    report::rightsize::Form,
};

/// Tells how much autonomy your infrastructure agents hold, use and have earned.
#[derive(Debug, Parser)]
#[command(
    name = "gradus",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 fine · 1 the gate failed · 2 usage or configuration error · \
                  3 evidence incomplete · 4 internal error.\n\
                  gradus works offline: it opens no connection and starts no process, unless \
                  `--live` or `collect` asks for it."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Say nothing on stderr but errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Show everything: no list is shortened.
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// When to colour (`NO_COLOR` is honoured).
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Tells the streams.
    pub fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Assess agents from evidence: the main job.
    Assess(AssessOptions),
    /// Assess (or read an assessment) and judge it by the workspace's gate.
    Gate(GateOptions),
    /// Write a live system to one file, to be assessed offline. Nothing is changed in it.
    Collect {
        /// Which.
        #[command(subcommand)]
        command: CollectCommand,
    },
    /// What logs show, without judging anybody: every action, or summaries to be merged.
    Activity {
        /// What to do with the logs.
        #[command(subcommand)]
        command: ActivityCommand,
    },
    /// The smallest Kubernetes roles and IAM policies that an agent's log window justifies.
    Rightsize(RightsizeOptions),
    /// Explain a criterion, risk, finding, path, level, dimension, MCP server or agent.
    Explain {
        /// Such as APR-01, K8S-ADMIN, K8S-PATH-NODE, BEYOND-LADDER, level-3, approval,
        /// mcp/argocd-mcp or agent/k8sgpt.
        id: String,
    },
    /// The JSON Schema (2020-12) of what gradus writes or reads.
    Schema {
        /// Of what.
        #[arg(value_enum)]
        name: SchemaName,
    },
    /// The rules that gradus judges by.
    Rubric {
        /// What to do with them.
        #[command(subcommand)]
        command: RubricCommand,
    },
}

/// Where evidence comes from.
#[derive(Debug, Args)]
pub struct EvidenceOptions {
    /// A workspace file, or a folder: without a gradus.yaml it is discovered by content.
    #[arg(default_value = ".")]
    pub path: PathBuf,

    /// Also read live clusters or AWS accounts: all that the workspace names (else the
    /// current context or credentials), or the one named here (repeatable). Read-only.
    /// `mcp=NAME` starts or calls the tool servers that configurations call that, and
    /// lists what they offer.
    #[arg(long, value_name = "kubernetes[=CONTEXT]|aws[=PROFILE]|mcp=NAME[,NAME]")]
    pub live: Vec<Live>,

    /// A variable of this environment that servers of `--live mcp` are given as well
    /// (repeatable). They have those of their entries, PATH and an empty HOME.
    #[arg(long = "pass-env", value_name = "NAME")]
    pub pass_env: Vec<String>,

    /// What one live system may take, in seconds; one answer may take a quarter of it.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = timeout())]
    pub timeout: u64,
}

/// Options of `assess`.
#[derive(Debug, Args)]
pub struct AssessOptions {
    /// What to assess.
    #[command(flatten)]
    pub evidence: EvidenceOptions,

    /// table, json, markdown or html; `FORMAT=FILE` writes to a file (repeatable).
    #[arg(short, long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<Destination>,

    /// Where the (only) format goes, instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Seconds that a live system may take, unless said otherwise.
const TIMEOUT: u64 = 120;

fn timeout() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=86_400)
}

/// What can be collected.
#[derive(Debug, Subcommand)]
pub enum CollectCommand {
    /// A cluster: roles, bindings, workloads, policies; of secrets, the metadata.
    Kubernetes(CollectKubernetes),
    /// An AWS account: users, groups, roles, policies; of credentials, their age.
    Aws(CollectAws),
}

/// Options of `collect kubernetes`.
#[derive(Debug, Args)]
pub struct CollectKubernetes {
    /// A context of the kubeconfig; else the current one, or the cluster gradus runs in.
    #[arg(long, conflicts_with = "permissions")]
    pub context: Option<String>,

    /// Where it goes.
    #[command(flatten)]
    pub file: CollectFile,
}

/// Options of `collect aws`.
#[derive(Debug, Args)]
pub struct CollectAws {
    /// A profile of the AWS CLI's configuration; else the credentials of the environment.
    #[arg(long, conflicts_with = "permissions")]
    pub profile: Option<String>,

    /// A region whose clusters to ask for (repeatable); else the configured one. IAM is
    /// the same in all regions of a part of AWS (China, GovCloud).
    #[arg(long = "region", value_name = "REGION", conflicts_with = "permissions")]
    pub regions: Vec<String>,

    /// Where it goes.
    #[command(flatten)]
    pub file: CollectFile,
}

/// The file that a collection goes to.
#[derive(Debug, Args)]
pub struct CollectFile {
    /// The file: `.json.zst` (zstd), `.json.gz` (gzip) or `.json`.
    #[arg(short, long, value_name = "FILE", required_unless_present = "permissions")]
    pub output: Option<PathBuf>,

    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,

    /// What the system may take, in seconds; one answer may take a quarter of it.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = timeout())]
    pub timeout: u64,

    /// Print the permissions that collecting needs (a ClusterRole, an IAM policy), and
    /// collect nothing.
    #[arg(long, conflicts_with_all = ["output", "force"])]
    pub permissions: bool,
}

/// What to do with logs.
#[derive(Debug, Subcommand)]
pub enum ActivityCommand {
    /// Write one small file that stands for logs: several of them merge to what one run
    /// over all the logs would give, and `sources.activity` takes them.
    Summarize(SummarizeOptions),
    /// Write every action as a JSON object a line, in the shape of OCSF's API Activity, with
    /// what stood behind it.
    Export(ExportOptions),
}

/// Which logs.
#[derive(Debug, Args)]
pub struct LogOptions {
    /// Logs and summaries: files, folders, globs, `-` for standard input. What they are
    /// follows from their content.
    #[arg(required_unless_present_any = ["files_from", "workspace"], value_name = "PATH")]
    pub paths: Vec<String>,

    /// A workspace. Where no log is named, those of its `sources.activity` are read, by the
    /// mappings that it names. Its agents say who may approve and what they are for.
    #[arg(long, value_name = "FILE|FOLDER")]
    pub workspace: Option<PathBuf>,

    /// A mapping: how lines of the named logs that are of no known kind become records.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,

    /// A file that names logs, one a line: for more of them than fit a command line.
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,

    /// The folder that logs are named by, instead of the current one: a summary names
    /// them as a workspace in that folder would.
    #[arg(long, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
}

/// Options of `activity export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// Which logs.
    #[command(flatten)]
    pub logs: LogOptions,

    /// Where it goes, instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `activity summarize`.
#[derive(Debug, Args)]
pub struct SummarizeOptions {
    /// Which logs.
    #[command(flatten)]
    pub logs: LogOptions,

    /// Where it goes, instead of stdout: plain (`.json`), gzip (`.gz`), or zstd. A file
    /// that is there is replaced whole.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `rightsize`.
#[derive(Debug, Args)]
pub struct RightsizeOptions {
    /// `name@environment`, or a name that only one agent has.
    pub agent: String,

    /// The workspace that has it.
    #[command(flatten)]
    pub evidence: EvidenceOptions,

    /// yaml (to apply), json or table.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub format: Form,

    /// Where it goes, instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `gate`.
#[derive(Debug, Args)]
pub struct GateOptions {
    /// What to assess and where to report it.
    #[command(flatten)]
    pub assess: AssessOptions,

    /// Judge this assessment (written by `-f json`) instead of assessing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["path", "live"])]
    pub assessment: Option<PathBuf>,

    /// Every agent must have earned at least this level.
    #[arg(long, value_name = "1-5", value_parser = level)]
    pub min_level: Option<Level>,

    /// No agent may be over-extended by more than this many levels.
    #[arg(long, value_name = "N")]
    pub max_over_extension: Option<u8>,

    /// Fail on findings of this severity or worse.
    #[arg(long, value_name = "SEVERITY", value_parser = exit::severity)]
    pub fail_on: Option<Severity>,

    /// Exit 3 on unknown criteria of this severity or worse, up to the next level.
    #[arg(long, value_name = "SEVERITY", value_parser = exit::severity)]
    pub fail_on_unknown: Option<Severity>,

    /// Exit 3 when less of the evidence than this could be read, in per cent.
    #[arg(long, value_name = "PCT", value_parser = percent)]
    pub min_coverage: Option<f64>,
}

/// How rules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListFormat {
    /// For a person.
    Table,
    /// For a program.
    Json,
}

/// What to do with the rubric.
#[derive(Debug, Subcommand)]
pub enum RubricCommand {
    /// All criteria by level.
    List {
        /// How.
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// One criterion.
    Show {
        /// Such as APR-01.
        id: String,
        /// How.
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Check the embedded rubric, or a folder laid out like it.
    Check {
        /// The folder.
        folder: Option<PathBuf>,
    },
}

/// Reads a level.
fn level(text: &str) -> Result<Level, String> {
    let number: u8 = text.parse().map_err(|_| format!("`{text}` is no number from 1 to 5"))?;
    Level::try_from(number)
}

/// Reads a percentage into a share of 1.
fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .trim_end_matches('%')
        .trim()
        .parse()
        .map_err(|_| format!("`{text}` is no percentage"))?;
    if (0.0..=100.0).contains(&number) {
        Ok(number / 100.0)
    } else {
        Err(format!("`{text}` is not between 0 and 100"))
    }
}
