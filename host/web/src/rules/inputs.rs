//! What a rule reads, and how it is configured.

use app::rules::inputs::RuleInput;
use app::rules::view::InstallView;
use json::JsonValue;
use maud::{Markup, html};

use crate::text::EN;

/// The inputs of a rule in words; none if its plugin cannot be asked.
pub(super) fn inputs(inputs: Option<&[RuleInput]>) -> Markup {
    let text = &EN.rules;
    html! {
        section.card aria-labelledby="inputs" {
            h2 #inputs { (text.inputs) }
            @match inputs {
                None => p.empty { (text.no_inputs) },
                Some(inputs) => {
                    p.note { (text.inputs_hint) }
                    div.wide tabindex="0" {
                        table {
                            thead { tr { th scope="col" { (EN.alert.input) } th scope="col" { (EN.alert.meaning) } } }
                            tbody {
                                @for input in inputs {
                                    tr {
                                        th scope="row" { code { (input.name) } }
                                        td {
                                            (input.meaning.text)
                                            @if !input.meaning.columns.is_empty() {
                                                ": " (input.meaning.columns.join(", "))
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The configuration, member by member.
pub(super) fn configuration(view: &InstallView) -> Markup {
    let config = &view.install.config;
    html! {
        section.card aria-labelledby="configuration" {
            h2 #configuration { (EN.rules.config) }
            @match config.as_object().filter(|members| !members.is_empty()) {
                None => p.empty { code { (config) } },
                Some(members) => dl {
                    @for (name, value) in members.iter() { dt { code { (name) } } dd { (shown(value)) } }
                },
            }
        }
    }
}

fn shown(value: &JsonValue) -> Markup {
    html! {
        @match value {
            JsonValue::Object(_) | JsonValue::Array(_) => pre { (value.pretty()) },
            JsonValue::String(text) => (text),
            value => code { (value) },
        }
    }
}
