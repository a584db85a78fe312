//! The workflow as rows to edit.

use maud::{Markup, html};
use tenant::Permission;

use super::typed::{Kind, TypedWorkflow};
use crate::elements::denied;
use crate::once::once;
use crate::text::EN;

/// So many empty rows stand below those that are there.
const EMPTY_ROWS: usize = 3;

/// The workflow; only those who may write it can change the rows.
pub(super) fn form(typed: &TypedWorkflow, may_write: bool) -> Markup {
    let empty_rows = if may_write { EMPTY_ROWS } else { 0 };
    html! {
        form.card action=(once("/settings/workflow")) method="post" {
            input type="hidden" name="version" value=(typed.version);
            (states(typed, empty_rows, !may_write))
            (moves(typed, empty_rows, !may_write))
            @if may_write {
                (removed(typed))
                button.primary type="submit" { (EN.elements.save) }
            } @else {
                (denied(EN.elements.save, &(EN.elements.needs)(Permission::WorkflowConfigure.as_str())))
            }
        }
    }
}

/// A field of a row.
fn field(name: &str, title: &str, row: usize, value: &str, is_fixed: bool) -> Markup {
    let label = format!("{title}, {}", (EN.workflow.row)(row + 1));
    html! {
        td {
            input name=(name) spellcheck="false" aria-label=(label) disabled[is_fixed] value=(value);
        }
    }
}

fn states(typed: &TypedWorkflow, empty_rows: usize, is_fixed: bool) -> Markup {
    let text = &EN.workflow;
    let rows = typed.states();
    let empty = std::iter::repeat_n(["", "", Kind::Between.as_str()], empty_rows);
    let title = |kind: Kind| match kind {
        Kind::Initial => text.initial,
        Kind::Between => text.between,
        Kind::Closed => text.closed,
    };
    html! {
        h2 { (text.states) }
        div.wide {
            table.rows {
                thead {
                    tr {
                        th scope="col" { (text.name) }
                        th scope="col" { (text.state_title) }
                        th scope="col" { (text.kind) }
                    }
                }
                tbody {
                    @for (row, [name, shown, kind]) in rows.chain(empty).enumerate() {
                        tr {
                            (field("name", text.name, row, name, is_fixed))
                            (field("title", text.state_title, row, shown, is_fixed))
                            td {
                                select name="kind" aria-label={ (text.kind) ", " ((text.row)(row + 1)) } disabled[is_fixed] {
                                    @for one in Kind::ALL {
                                        option value=(one.as_str()) selected[one.as_str() == kind] { (title(one)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if !is_fixed { p.note { (text.states_hint) } }
    }
}

fn moves(typed: &TypedWorkflow, empty_rows: usize, is_fixed: bool) -> Markup {
    let text = &EN.workflow;
    let empty = std::iter::repeat_n(["", "", ""], empty_rows);
    html! {
        h2 { (text.moves) }
        div.wide {
            table.rows {
                thead {
                    tr {
                        th scope="col" { (text.from) }
                        th scope="col" { (text.to) }
                        th scope="col" { (text.condition) }
                    }
                }
                tbody {
                    @for (row, [from, to, condition]) in typed.moves().chain(empty).enumerate() {
                        tr {
                            (field("from", text.from, row, from, is_fixed))
                            (field("to", text.to, row, to, is_fixed))
                            td.condition {
                                textarea name="condition" rows="1" spellcheck="false" placeholder=(text.always)
                                    aria-label={ (text.condition) ", " ((text.row)(row + 1)) } disabled[is_fixed] { (condition) }
                            }
                        }
                    }
                }
            }
        }
        p.note { (text.moves_hint) }
    }
}

/// Where alerts go whose state is removed.
fn removed(typed: &TypedWorkflow) -> Markup {
    let text = &EN.workflow;
    let rows = typed.removed().chain(std::iter::repeat_n(["", ""], 2));
    html! {
        details open[typed.removed().next().is_some()] {
            summary { (text.goes_to) }
            p.note { (text.goes_to_hint) }
            div.wide {
                table.rows {
                    thead { tr { th scope="col" { (text.from) } th scope="col" { (text.to) } } }
                    tbody {
                        @for (row, [removed, goes_to]) in rows.enumerate() {
                            tr {
                                (field("removed", text.from, row, removed, false))
                                (field("goes_to", text.to, row, goes_to, false))
                            }
                        }
                    }
                }
            }
        }
    }
}
