//! What stands above the table of the queue: the filters and the Export button.

use std::sync::Arc;

use app::App;
use app::alerts::export;
use app::caller::Caller;
use app::people;
use app::users::login_of;
use domain::rule::Level;
use maud::{Markup, html};
use tenant::{Definitions, Permission};

use super::export::AS_EXPORT;
use super::filter::{Field, Filter, NOBODY};
use crate::elements::denied;
use crate::failure::Failure;
use crate::text::EN;

/// The filters.
pub(super) fn form(caller: &Caller, filter: &Filter) -> Result<Markup, Failure> {
    let text = &EN.queue;
    let definitions = caller.definitions();
    let workflow = definitions.workflow();
    let within = filter.states(&workflow);
    let states = workflow.states().iter();
    let states = states.filter(|state| within.contains(&state.name));
    let states = states.map(|state| (state.name.clone(), state.title.clone()));
    let within = &filter.tab.filters.severity;
    let levels = [Level::High, Level::Medium, Level::Low].into_iter();
    let levels = levels.filter(|level| within.is_empty() || within.contains(level));
    let levels = levels.map(|level| level.as_str().to_owned());
    let levels = levels.map(|level| (level.clone(), level));
    let teams = definitions.teams.iter();
    let teams = teams.map(|team| (team.name.clone(), team.title.clone()));
    let has_rare = filter.narrowing().any(|(field, _)| field.is_rare());
    Ok(html! {
        form.filters action="/alerts" method="get" {
            (hidden(filter, |_| false))
            (typed(filter, Field::Words, "search", None))
            (choice(filter, Field::State, states.collect()))
            (choice(filter, Field::Severity, levels.collect()))
            (choice(filter, Field::Team, teams.collect()))
            button type="submit" { (text.filter) }
            @if filter.narrowing().next().is_some() {
                a.button href={ "/alerts?" (filter.whole().query()) } { (text.without_filters) }
            }
            details.more open[has_rare] {
                summary { (text.more_filters) }
                div.filters { (rare(caller, filter, &definitions)?) }
            }
        }
    })
}

/// The filters that are not asked for often.
fn rare(caller: &Caller, filter: &Filter, definitions: &Definitions) -> Result<Markup, Failure> {
    let text = &EN.queue;
    let mut rules: Vec<String> = definitions
        .teams
        .iter()
        .flat_map(|team| definitions.rules_of(&team.name))
        .map(|install| install.rule.clone())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let kinds = definitions.all_alert_types().into_iter();
    let kinds = kinds.map(|kind| (kind.name, kind.title));
    let mut people: Vec<(String, String)> = vec![(NOBODY.to_owned(), text.nobody.to_owned())];
    let colleagues = people::list(caller)?.into_iter();
    people.extend(colleagues.map(|person| (person.id, person.login)));
    // Somebody who may not change alerts any more may still have some.
    let asked = filter.get(Field::Assignee);
    if !asked.is_empty() && !people.iter().any(|(id, _)| id == asked) {
        people.push((asked.to_owned(), login_of(definitions, asked).to_owned()));
    }
    Ok(html! {
        (typed(filter, Field::Rule, "text", Some("rules")))
        datalist #rules { @for rule in &rules { option value=(rule) {} } }
        (choice(filter, Field::Type, kinds.collect()))
        (typed(filter, Field::Customer, "text", None))
        (typed(filter, Field::Label, "text", None))
        (choice(filter, Field::Assignee, people))
        (typed(filter, Field::From, "date", None))
        (typed(filter, Field::To, "date", None))
    })
}

/// View and order, and those fields that are to be kept, as a form sends them along.
pub(super) fn hidden(filter: &Filter, is_kept: impl Fn(Field) -> bool) -> Markup {
    let fields = filter.narrowing().map(|(field, _)| field);
    let left_out: Vec<&str> = fields
        .filter(|field| !is_kept(*field))
        .map(Field::parameter)
        .collect();
    html! {
        @for (name, value) in filter.parameters() {
            @if !left_out.contains(&name) { input type="hidden" name=(name) value=(value); }
        }
    }
}

fn typed(filter: &Filter, field: Field, kind: &str, list: Option<&str>) -> Markup {
    let id = format!("filter-{}", field.parameter());
    html! {
        div {
            label for=(id) { (field.title()) }
            input id=(id) type=(kind) name=(field.parameter()) maxlength="200" list=[list] value=(filter.get(field));
        }
    }
}

fn choice(filter: &Filter, field: Field, options: Vec<(String, String)>) -> Markup {
    let id = format!("filter-{}", field.parameter());
    html! {
        div {
            label for=(id) { (field.title()) }
            select id=(id) name=(field.parameter()) {
                option value="" { (EN.queue.any) }
                @for (value, title) in options {
                    option value=(value) selected[value == filter.get(field)] { (title) }
                }
            }
        }
    }
}

/// The Export button: the same alerts as a file, in a format of the tenant.
pub(super) async fn export(
    app: &Arc<App>,
    caller: &Caller,
    filter: &Filter,
) -> Result<Markup, Failure> {
    let text = &EN.queue;
    if !caller.may(Permission::ExportRead) {
        let needs = (EN.elements.needs)(Permission::ExportRead.as_str());
        return Ok(denied(text.export, &needs));
    }
    let formatters = export::plain_formatters(app, caller).await?;
    let definitions = caller.definitions();
    let exports: Vec<&str> = definitions.exports.iter().map(|one| &*one.name).collect();
    if formatters.is_empty() && exports.is_empty() {
        return Ok(html! { p.note { (text.no_formatter) } });
    }
    Ok(html! {
        form.export action="/alerts/export" method="get" {
            (hidden(filter, |_| true))
            div {
                label for="formatter" { (text.formatter) }
                select #formatter name="formatter" {
                    optgroup label=(text.formatters) {
                        @for formatter in formatters { option value=(formatter) { (formatter) } }
                    }
                    @if !exports.is_empty() {
                        optgroup label=(text.as_export) {
                            @for export in exports { option value={ (AS_EXPORT) (export) } { (export) } }
                        }
                    }
                }
            }
            button type="submit" { (text.export) }
        }
    })
}
