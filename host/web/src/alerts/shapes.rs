//! Severities and states, as text with a shape: never by colour alone.

use domain::rule::Level;
use maud::{Markup, html};
use tenant::Definitions;

/// A severity or a priority.
pub(crate) fn level(level: Level) -> Markup {
    let (class, shape) = match level {
        Level::High => ("level high", "▲"),
        Level::Medium => ("level medium", "■"),
        Level::Low => ("level low", "▽"),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (level.as_str()) } }
}

/// A state of the workflow, as it is called for people.
pub(crate) fn state(definitions: &Definitions, name: &str) -> Markup {
    let workflow = definitions.workflow();
    let title = workflow.state(name).map(|state| state.title.clone());
    let is_closed = workflow.is_closed(name);
    let (class, shape) = match is_closed {
        true => ("state closed", "●"),
        false => ("state", "○"),
    };
    html! {
        span class=(class) {
            span aria-hidden="true" { (shape) } " " (title.as_deref().unwrap_or(name))
        }
    }
}
