//! `gradus rightsize`: the smallest roles and policies that the log window justifies.

use std::io::Write as _;

use super::{
    arguments::{Arguments, RightsizeOptions},
    clock,
    exit::{Exit, UsageError},
    output, pipeline,
};
use crate::{
    assess::{
        holdings::Estate,
        rightsize::{Rightsized, rightsize},
        roster::{Subject, roster},
    },
    report::{escape::one_line, rightsize::render},
};

/// Prints the roles and policies. Where no log justifies any, nothing that applies is printed:
/// exit 3, with the reasons on stderr.
///
/// # Errors
/// When there is no such agent, the workspace is wrong, or nothing can be written.
pub fn run(options: &RightsizeOptions, arguments: &Arguments) -> anyhow::Result<Exit> {
    let gathered = pipeline::gather(&options.evidence, arguments.quiet)?;
    let subjects = roster(&gathered.workspace.agents, &gathered.evidence, &gathered.rules.known);
    let agent = find(&subjects, &options.agent)?;
    let estate = Estate::new(&gathered.evidence, &gathered.rules);
    match rightsize(agent, &estate, clock::today()?) {
        Ok(sized) => {
            tell_warnings(&sized, arguments);
            let text = render(&sized, options.format)?;
            output::write_text(&text, options.output.as_deref())?;
            Ok(Exit::Fine)
        }
        Err(unusable) => {
            for reason in &unusable.reasons {
                let reason = one_line(reason);
                writeln!(anstream::stderr(), "gradus: no roles for {}: {reason}", options.agent)?;
            }
            Ok(Exit::Incomplete)
        }
    }
}

/// Whoever redirects the output into `kubectl apply` sees the warnings all the same.
fn tell_warnings(sized: &Rightsized, arguments: &Arguments) {
    if arguments.quiet {
        return;
    }
    for warning in &sized.warnings {
        // Diagnostics that nobody reads are no failure.
        let _ = writeln!(anstream::stderr(), "warning: {}", one_line(warning));
    }
}

/// The agent by its id, or by its name where only one has it.
fn find<'s, 'e>(subjects: &'s [Subject<'e>], wanted: &str) -> anyhow::Result<&'s Subject<'e>> {
    if let Some(subject) = subjects.iter().find(|subject| subject.id.as_str() == wanted) {
        return Ok(subject);
    }
    let named: Vec<&Subject<'_>> =
        subjects.iter().filter(|subject| subject.name == wanted).collect();
    let ids = |of: &mut dyn Iterator<Item = &str>| of.collect::<Vec<_>>().join(", ");
    let message = match named.as_slice() {
        [one] => return Ok(one),
        [] => {
            let nearest = subjects.iter().map(|subject| subject.id.as_str()).max_by(|a, b| {
                strsim::jaro_winkler(a, wanted).total_cmp(&strsim::jaro_winkler(b, wanted))
            });
            match nearest {
                Some(nearest) => {
                    format!("there is no agent `{wanted}`; the nearest one is `{nearest}`")
                }
                None => format!("there is no agent `{wanted}`, nor any other"),
            }
        }
        several => format!(
            "`{wanted}` is the name of several agents: {}",
            ids(&mut several.iter().map(|subject| subject.id.as_str()))
        ),
    };
    Err(UsageError(one_line(&message).into_owned()).into())
}
