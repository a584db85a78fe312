//! The fields of the form of an export.

use app::caller::Caller;
use app::published::newest_first;
use json::{JsonObject, JsonValue};
use maud::{Markup, html};
use runtime::publish::PluginKind;
use tenant::{Compression, FilterLevel, Permission, PublishedPlugin, SensitiveOutput};

use super::form::{TypedExport, When, formatter_text, usual_zone};
use super::words::{LEVELS, OUTCOMES, outcome_title};
use crate::elements::{Choice, ticks};
use crate::text::EN;

/// Name, formatter and configuration.
pub(super) fn format(caller: &Caller, is_new: bool, typed: &TypedExport) -> Markup {
    let (text, exports) = (&EN.export_form, &EN.exports);
    let formatters = newest_first(&caller.definitions(), PluginKind::Formatter);
    let names = formatters
        .iter()
        .map(|one| formatter_text(&one.name, &one.version));
    let names: Vec<String> = names.collect();
    html! {
        section.card aria-labelledby="format" {
            h2 #format { (exports.formatter) }
            div.stack {
                @if is_new {
                    label for="name" { (exports.name) }
                    input #name name="name" required maxlength="64" spellcheck="false" aria-describedby="name-hint"
                        value=(typed.name);
                    p.note #name-hint { (text.name_hint) }
                }
                label for="formatter" { (text.format) }
                @if names.is_empty() { p.note { (text.no_formatter) } }
                select #formatter name="formatter" required {
                    // A version that is no longer published stays what it is until another is chosen.
                    @if !typed.formatter.is_empty() && !names.contains(&typed.formatter) {
                        option value=(typed.formatter) selected { (typed.formatter) }
                    }
                    @for name in &names {
                        option value=(name) selected[*name == typed.formatter] { (name.replace('/', " ")) }
                    }
                }
                label for="config" { (text.config) }
                textarea.code #config name="config" rows=(typed.config.lines().count().clamp(3, 20)) spellcheck="false"
                    aria-describedby="config-hint" { (typed.config) }
                p.note #config-hint { (text.config_hint) }
            }
            @for formatter in &formatters { (schema(formatter)) }
        }
    }
}

/// What a formatter can be configured with.
fn schema(formatter: &PublishedPlugin) -> Markup {
    let text = &EN.export_form;
    let name = format!("{} {}", formatter.name, formatter.version);
    let schema = formatter.manifest.get("config_schema");
    let members = schema.and_then(|schema| schema.get("properties"));
    let members = members.and_then(JsonValue::as_object);
    let word = |schema: &JsonValue, member: &str| match schema.get(member) {
        Some(JsonValue::String(word)) => word.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    html! {
        details {
            summary { ((text.schema_of)(&name)) }
            @match members.filter(|members| !members.is_empty()) {
                None => p.note { (text.no_config) },
                Some(members) => div.wide tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { (text.member) }
                                th scope="col" { (text.kind) }
                                th scope="col" { (text.meaning) }
                            }
                        }
                        tbody {
                            @for (member, schema) in JsonObject::iter(members) {
                                tr {
                                    th scope="row" { code { (member) } }
                                    td { (word(schema, "type")) }
                                    td { (word(schema, "description")) }
                                }
                            }
                        }
                    }
                },
            }
            @if let Some(schema) = schema {
                details { summary { (text.whole_schema) } pre tabindex="0" { (schema.pretty()) } }
            }
        }
    }
}

/// When it runs.
pub(super) fn schedule(caller: &Caller, typed: &TypedExport) -> Markup {
    let text = &EN.export_form;
    let choice = |when: When, word: &str, title: &str| {
        html! {
            input type="radio" id={ "when-" (word) } name="when" value=(word) checked[typed.when == when];
            " " label for={ "when-" (word) } { (title) }
        }
    };
    html! {
        section.card aria-labelledby="when" {
            h2 #when { (text.when) }
            div.choices role="radiogroup" aria-labelledby="when" {
                p { (choice(When::OnRequest, "on_request", text.on_request)) }
                p {
                    (choice(When::Daily, "daily", text.daily)) " "
                    label for="daily-at" { (text.at) } " "
                    input #daily-at type="time" name="daily_at" value=(typed.daily_at);
                }
                p {
                    (choice(When::Weekly, "weekly", text.weekly)) " "
                    select name="weekday" aria-label=(text.weekly) {
                        @for (number, day) in text.weekdays.iter().enumerate() {
                            option value=(number) selected[number == typed.weekday] { (day) }
                        }
                    }
                    " " label for="weekly-at" { (text.at) } " "
                    input #weekly-at type="time" name="weekly_at" value=(typed.weekly_at);
                }
                p {
                    (choice(When::Cron, "cron", text.by_cron)) " "
                    input name="cron" aria-label=(text.by_cron) aria-describedby="cron-hint" spellcheck="false" maxlength="200"
                        placeholder="30 2 * * 1-5" value=(typed.cron);
                }
                p.note #cron-hint { (text.cron_hint) }
            }
            div.stack {
                label for="timezone" { (text.timezone) }
                input #timezone name="timezone" spellcheck="false" aria-describedby="timezone-hint" value=(typed.timezone);
                p.note #timezone-hint { ((text.timezone_hint)(&usual_zone(caller))) }
            }
        }
    }
}

/// Which alerts it holds.
pub(super) fn alerts(caller: &Caller, typed: &TypedExport) -> Markup {
    let (text, queue) = (&EN.export_form, &EN.queue);
    let definitions = caller.definitions();
    let workflow = definitions.workflow();
    let teams = definitions.teams.iter();
    let teams = teams.map(|team| (team.name.clone(), team.title.clone()));
    let teams = named(teams, &typed.team);
    let states = workflow.states().iter();
    let states = states.map(|state| (state.name.clone(), state.title.clone()));
    let states = named(states, &typed.state);
    let kinds = definitions.all_alert_types().into_iter();
    let kinds = named(
        kinds.map(|kind| (kind.name, kind.title)),
        &typed.incident_type,
    );
    let outcomes = OUTCOMES.iter().map(|(one, word)| Choice {
        value: word,
        title: outcome_title(*one),
        is_ticked: typed.outcome.contains(one),
    });
    let levels = |chosen: &[FilterLevel]| {
        LEVELS.map(|(one, word)| Choice {
            value: word,
            title: word,
            is_ticked: chosen.contains(&one),
        })
    };
    let narrowed = [
        &typed.label,
        &typed.rule,
        &typed.customer,
        &typed.assignee,
        &typed.created_from,
        &typed.created_to,
    ];
    let is_narrowed =
        !typed.incident_type.is_empty() || narrowed.iter().any(|text| !text.is_empty());
    html! {
        section.card aria-labelledby="which" {
            h2 #which { (text.which) }
            p.note { (text.which_hint) }
            div.ticks {
                (ticks("team", queue.team, tick(&teams, &typed.team)))
                (ticks("state", queue.state, tick(&states, &typed.state)))
                (ticks("severity", queue.severity, levels(&typed.severity)))
                (ticks("priority", EN.alert.priority, levels(&typed.priority)))
                (ticks("outcome", EN.alert.outcome, outcomes))
            }
            details open[is_narrowed] {
                summary { (text.more_filters) }
                (ticks("incident_type", EN.alert.kind, tick(&kinds, &typed.incident_type)))
                div.groups {
                    (list("label", text.labels, text.one_a_line, &typed.label))
                    (list("rule", text.rules, text.one_a_line, &typed.rule))
                    (list("customer", text.customers, text.one_a_line, &typed.customer))
                    (list("assignee", text.assignees, text.assignees_hint, &typed.assignee))
                }
                div.groups {
                    @for (name, title, value) in [
                        ("created_from", text.created_from, &typed.created_from),
                        ("created_to", text.created_to, &typed.created_to),
                    ] {
                        div {
                            label for=(name) { (title) }
                            input id=(name) name=(name) aria-describedby="time-hint" value=(value);
                        }
                    }
                }
                p.note #time-hint { (text.time_hint) }
            }
        }
    }
}

/// Values to tick, with their titles, and those that are chosen and not among them.
fn named(all: impl Iterator<Item = (String, String)>, chosen: &[String]) -> Vec<(String, String)> {
    let mut named: Vec<(String, String)> = all.collect();
    for value in chosen {
        if !named.iter().any(|(known, _)| known == value) {
            named.push((value.clone(), value.clone()));
        }
    }
    named
}

fn tick<'c>(named: &'c [(String, String)], chosen: &[String]) -> Vec<Choice<'c>> {
    let choices = named.iter().map(|(value, title)| Choice {
        value,
        title,
        is_ticked: chosen.contains(value),
    });
    choices.collect()
}

fn list(name: &str, title: &str, hint: &str, value: &str) -> Markup {
    html! {
        div {
            label for=(name) { (title) }
            textarea id=(name) name=(name) rows="2" aria-describedby={ (name) "-hint" } { (value) }
            p.note id={ (name) "-hint" } { (hint) }
        }
    }
}

/// How its files are kept, and what they show.
pub(super) fn files(caller: &Caller, typed: &TypedExport) -> Markup {
    let (text, exports) = (&EN.export_form, &EN.exports);
    let may_show = caller.may(Permission::TransactionSensitive);
    let shows = typed.sensitive == SensitiveOutput::Show;
    html! {
        section.card aria-labelledby="files" {
            h2 #files { (text.files) }
            div.stack {
                label for="compression" { (exports.compression) }
                select #compression name="compression" {
                    option value="none" selected[typed.compression == Compression::None] { (exports.uncompressed) }
                    option value="gzip" selected[typed.compression == Compression::Gzip] { (exports.gzip) }
                }
                label for="sensitive" { (exports.sensitive) }
                select #sensitive name="sensitive" {
                    option value="mask" selected[!shows] { (exports.masked) }
                    option value="show" selected[shows] disabled[!may_show && !shows] {
                        @if may_show { (exports.shown) } @else { (text.show_needs) }
                    }
                }
                label for="days" { (text.days) }
                input #days name="days" inputmode="numeric" required value=(typed.days);
            }
        }
    }
}
