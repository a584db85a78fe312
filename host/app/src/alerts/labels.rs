//! Labels that people give alerts.

use base::naming;
use domain::rule::Label;

use crate::request::Invalid;

/// The most labels of an alert.
const MAX_LABELS: usize = 50;

/// Checks labels; those that an alert has already are good as they are.
///
/// # Errors
/// Where there are too many, or one is too short or too long, or there twice.
pub(super) fn labels(texts: &[String], current: &[Label]) -> Result<Vec<Label>, Invalid> {
    if texts.len() > MAX_LABELS {
        let detail = format!("'labels' may have at most {MAX_LABELS} labels");
        return Err(Invalid::field("labels", "too_long", detail));
    }
    let mut labels: Vec<Label> = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("labels[{index}]");
        let invalid =
            |fault: String| Invalid::field(&field, "invalid", format!("'{field}': {fault}"));
        let label = Label::new(text).map_err(|error| invalid(error.to_string()))?;
        let is_new = !current.contains(&label);
        if is_new {
            naming::check(label.as_str()).map_err(|fault| invalid(fault.to_string()))?;
        }
        let is_same = |other: &Label| {
            *other == label || (is_new && naming::look_alike(other.as_str(), label.as_str()))
        };
        if labels.iter().any(is_same) {
            let detail = "'labels' names a label twice";
            return Err(Invalid::field(&field, "duplicate", detail));
        }
        labels.push(label);
    }
    Ok(labels)
}
