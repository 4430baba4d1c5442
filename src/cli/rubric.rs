//! `gradus rubric list|show|check`.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde::Serialize;

use crate::{
    model::{finding::Severity, level::Level, text::count},
    report::escape::one_line,
    rubric::{
        Criterion, FileState, Rubric,
        criterion::{Effort, Informs, Mode, Rung},
        explain::{RubricCatalogue, explain},
    },
};

/// How `rubric list` and `rubric show` write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person; at most this many columns.
    Table {
        /// Columns.
        width: u16,
    },
    /// For a program.
    Json,
}

/// How `rubric check` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// Exit code 0.
    Sound,
    /// Exit code 2: something is wrong, and was said.
    Faulty,
}

/// Writes all criteria, by level.
///
/// # Errors
/// When the embedded rubric is broken or `out` cannot be written.
pub fn list(out: &mut dyn Write, format: Format) -> Result<()> {
    let rubric = Rubric::embedded()?;
    match format {
        Format::Json => {
            let view = RubricView {
                version: rubric.version(),
                digest: rubric.digest(),
                criteria: rubric.criteria().iter().map(CriterionView::of).collect(),
            };
            serde_json::to_writer_pretty(&mut *out, &view)?;
            writeln!(out)?;
        }
        Format::Table { width } => {
            let rungs = std::iter::once(Rung::Every).chain(Level::ALL.map(Rung::From));
            for (index, rung) in rungs.enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                writeln!(out, "{}", heading(&rubric, rung))?;
                let mut table = Table::new();
                table
                    .load_style(presets::NOTHING)
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width);
                for criterion in rubric.criteria().iter().filter(|found| found.rung == rung) {
                    table.add_row([
                        criterion.id.as_str(),
                        criterion.severity.as_str(),
                        criterion.mode.as_str(),
                        criterion.title.as_str(),
                    ]);
                }
                // All tables share their columns; only the title takes what is left.
                for (column, width) in table.column_iter_mut().zip([8, 10, 11]) {
                    column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
                }
                for line in table.to_string().lines() {
                    writeln!(out, "{}", line.trim_end())?;
                }
            }
            writeln!(out)?;
            writeln!(out, "{}", tally(&rubric))?;
        }
    }
    Ok(())
}

/// Writes one criterion.
///
/// # Errors
/// When there is no such criterion, the embedded rubric is broken, or `out`
/// cannot be written.
pub fn show(out: &mut dyn Write, id: &str, format: Format) -> Result<()> {
    let rubric = Rubric::embedded()?;
    match format {
        Format::Table { .. } => {
            write!(out, "{}", explain(&[&RubricCatalogue(&rubric)], id)?.page())?;
        }
        Format::Json => {
            let wanted = id.trim().to_uppercase();
            let criterion = rubric
                .criterion(&wanted)
                .with_context(|| format!("no criterion is called `{}`", one_line(id)))?;
            serde_json::to_writer_pretty(&mut *out, &CriterionView::of(criterion))?;
            writeln!(out)?;
        }
    }
    Ok(())
}

/// Checks the embedded rubric, or the one that `folder` makes of it: writes what
/// was read and counted to `out`, and every problem with its place to `err`.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub fn check(
    out: &mut dyn Write,
    err: &mut dyn Write,
    folder: Option<&Path>,
) -> io::Result<Checked> {
    let rubric = match folder {
        None => Rubric::embedded().map(|rubric| (rubric.check(), rubric)),
        Some(folder) => {
            let report = Rubric::read_folder(folder);
            for (path, state) in &report.files {
                writeln!(out, "{}: {}", one_line(path), state.as_str())?;
            }
            let in_state = |wanted: &[FileState]| {
                report.files.values().filter(|state| wanted.contains(state)).count()
            };
            writeln!(
                out,
                "{}: {} read, {} not used, {} failed\n",
                count(report.files.len() as u64, "file", "files"),
                in_state(&[FileState::Replaces, FileState::Extends]),
                in_state(&[FileState::NotExtensible, FileState::Skipped]),
                in_state(&[FileState::Failed]),
            )?;
            report.rubric.map(|rubric| (Vec::new(), rubric))
        }
    };
    let problems = match rubric {
        Ok((problems, rubric)) => {
            writeln!(out, "{}", tally(&rubric))?;
            problems
        }
        Err(errors) => errors.problems,
    };
    for problem in &problems {
        writeln!(err, "error: {}", one_line(&problem.to_string()))?;
    }
    if problems.is_empty() {
        writeln!(out, "every expression compiles, and every example holds")?;
        return Ok(Checked::Sound);
    }
    writeln!(err, "{}", count(problems.len() as u64, "problem", "problems"))?;
    Ok(Checked::Faulty)
}

/// `Level 2: Human in the loop`.
fn heading(rubric: &Rubric, rung: Rung) -> String {
    match rung {
        Rung::Every => "Every level".to_owned(),
        Rung::From(level) => rubric.levels().iter().find(|entry| entry.level == level).map_or_else(
            || format!("Level {level}"),
            |entry| format!("Level {level}: {}", entry.name),
        ),
    }
}

/// Counts by level, severity and mode, all taken from the criteria.
fn tally(rubric: &Rubric) -> String {
    let mut levels: BTreeMap<u8, usize> = BTreeMap::new();
    let mut severities: BTreeMap<Severity, usize> = BTreeMap::new();
    let mut modes: BTreeMap<Mode, usize> = BTreeMap::new();
    for criterion in rubric.criteria() {
        *levels.entry(criterion.rung.number()).or_default() += 1;
        *severities.entry(criterion.severity).or_default() += 1;
        *modes.entry(criterion.mode).or_default() += 1;
    }
    let by_level: Vec<String> = levels
        .iter()
        .map(|(level, count)| match level {
            0 => format!("every level {count}"),
            level => format!("level {level} {count}"),
        })
        .collect();
    let by_severity: Vec<String> = severities
        .iter()
        .rev()
        .map(|(severity, count)| format!("{} {count}", severity.as_str()))
        .collect();
    let by_mode: Vec<String> =
        modes.iter().map(|(mode, count)| format!("{} {count}", mode.as_str())).collect();
    format!(
        "rubric {}: {}, {}, {}\n  {}\n  {}\n  {}",
        rubric.version(),
        count(rubric.criteria().len() as u64, "criterion", "criteria"),
        count(rubric.vocabulary().iter().count() as u64, "fact", "facts"),
        count(rubric.frameworks().len() as u64, "framework", "frameworks"),
        by_level.join(" · "),
        by_severity.join(" · "),
        by_mode.join(" · ")
    )
}

/// The rubric as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RubricView<'r> {
    version: &'r str,
    digest: &'r str,
    criteria: Vec<CriterionView<'r>>,
}

/// A criterion as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CriterionView<'r> {
    id: &'r str,
    title: &'r str,
    level: u8,
    dimension: &'r str,
    severity: Severity,
    mode: Mode,
    effort: Effort,
    #[serde(skip_serializing_if = "Option::is_none")]
    applies_when: Option<&'r str>,
    needs: Vec<&'r str>,
    expression: &'r str,
    message_expression: &'r str,
    why: &'r str,
    how_measured: &'r str,
    remediation: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<&'r str>,
    depends_on: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<u8>,
    informs: &'r [Informs],
    source: &'r str,
}

impl<'r> CriterionView<'r> {
    fn of(criterion: &'r Criterion) -> Self {
        Self {
            id: &criterion.id,
            title: &criterion.title,
            level: criterion.rung.number(),
            dimension: &criterion.dimension,
            severity: criterion.severity,
            mode: criterion.mode,
            effort: criterion.effort,
            applies_when: criterion
                .applies_when
                .as_ref()
                .map(|precondition| precondition.expression.text()),
            needs: criterion.needs.iter().map(|need| need.name.as_str()).collect(),
            expression: criterion.expression.text(),
            message_expression: criterion.message.text(),
            why: &criterion.why,
            how_measured: &criterion.how_measured,
            remediation: &criterion.remediation.text,
            snippet: criterion.remediation.snippet.as_deref(),
            depends_on: &criterion.depends_on,
            cap: criterion.cap,
            informs: &criterion.informs,
            source: &criterion.source,
        }
    }
}

#[cfg(test)]
mod tests;
