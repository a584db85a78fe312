//! What a benchmark says.

use std::fmt;

/// One figure, beside its yardstick.
pub(super) struct Figure {
    /// What was measured.
    pub(super) what: String,
    /// With its unit.
    pub(super) measured: String,
    /// What it is compared with, with its unit; empty where there is nothing.
    pub(super) yardstick: String,
    /// What the target is about: a ratio, or the figure itself.
    pub(super) value: f64,
    pub(super) target: Target,
}

/// What the value should be.
pub(super) enum Target {
    /// At most so much.
    AtMost(f64, &'static str),
    /// At least so much.
    AtLeast(f64, &'static str),
    /// The figure is only told.
    None,
}

impl Target {
    fn is_met_by(&self, value: f64) -> bool {
        match *self {
            Self::AtMost(most, _) => value <= most,
            Self::AtLeast(least, _) => value >= least,
            Self::None => true,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n    {}", self.what, self.measured)?;
        if !self.yardstick.is_empty() {
            write!(out, "; beside {}", self.yardstick)?;
        }
        let (word, bound, unit) = match self.target {
            Target::AtMost(most, unit) => ("at most", most, unit),
            Target::AtLeast(least, unit) => ("at least", least, unit),
            Target::None => return Ok(()),
        };
        let met = if self.target.is_met_by(self.value) {
            "met"
        } else {
            "missed"
        };
        let shown = |value: f64| match value.abs() {
            large if large >= 1_000.0 => format!("{value:.0}"),
            _ => format!("{}", (value * 100.0).round() / 100.0),
        };
        write!(
            out,
            "\n    {} {unit}, target {word} {}: {met}",
            shown(self.value),
            shown(bound)
        )
    }
}
