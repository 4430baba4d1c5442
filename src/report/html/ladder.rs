//! The ladder of one agent as a picture: it lies on its side, five rungs from
//! left to right, with one lane each for granted, exercised and earned. What an
//! agent holds or uses beyond what it has earned is the shaded distance between.

use crate::{assess::assessment::AgentAssessment, report::phrase};

/// Where the ground (level 0) stands, and how far it is from rung to rung.
const GROUND: u16 = 84;
const STEP: u16 = 42;
/// Heights of the three lanes.
const GRANTED: u16 = 18;
const EXERCISED: u16 = 40;
const EARNED: u16 = 62;

/// One rung, or a place before or after them.
pub(super) struct Rung {
    pub(super) x: u16,
    pub(super) label: &'static str,
    /// Whether it is one of the five.
    pub(super) real: bool,
}

/// A mark on its lane.
pub(super) struct Mark {
    pub(super) name: &'static str,
    pub(super) y: u16,
    /// Where it stands; none where the level is unknown.
    pub(super) x: Option<u16>,
    pub(super) kind: &'static str,
}

/// The picture's parts.
pub(super) struct Ladder {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) rungs: [Rung; 7],
    pub(super) marks: [Mark; 3],
    /// From where to where more is held or used than earned.
    pub(super) excess: Option<(u16, u16)>,
    /// Where earned would stand if every unknown turned out well.
    pub(super) if_proven: Option<u16>,
}

impl Ladder {
    pub(super) const GROUND: u16 = GROUND;
    pub(super) const END: u16 = GROUND + 6 * STEP;

    pub(super) fn new(agent: &AgentAssessment) -> Self {
        let granted = if agent.granted.beyond_ladder { Some(6) } else { agent.granted.level };
        let exercised = agent.exercised.level;
        let earned = agent.earned.level;
        let held = granted.or(agent.granted.at_least).max(exercised);
        Self {
            title: format!("Ladder of {}", agent.id),
            description: format!(
                "granted {}, exercised {}, earned {}: {}",
                phrase::granted_level(&agent.granted),
                phrase::exercised(&agent.exercised),
                phrase::earned(&agent.earned),
                phrase::verdict(agent)
            ),
            rungs: [
                ("0", false),
                ("1", true),
                ("2", true),
                ("3", true),
                ("4", true),
                ("5", true),
                ("beyond", false),
            ]
            .map({
                let mut level = 0;
                move |(label, real)| {
                    let rung = Rung { x: x(level), label, real };
                    level += 1;
                    rung
                }
            }),
            marks: [
                Mark { name: "granted", y: GRANTED, x: granted.map(x), kind: "granted" },
                Mark { name: "exercised", y: EXERCISED, x: exercised.map(x), kind: "exercised" },
                Mark { name: "earned", y: EARNED, x: Some(x(earned)), kind: "earned" },
            ],
            excess: held.filter(|held| *held > earned).map(|held| (x(earned), x(held))),
            if_proven: (agent.earned.if_proven > earned).then(|| x(agent.earned.if_proven)),
        }
    }
}

/// The place of a level; 6 is beyond the ladder, and so is anything above.
fn x(level: u8) -> u16 {
    GROUND + STEP * u16::from(level.min(6))
}
