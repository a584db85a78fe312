//! Merging an alert with others about its customer: choosing them, being shown what will happen, and doing it.

use app::alerts::filters::AlertFilters;
use app::alerts::merge::{self, MergeAlerts};
use app::alerts::read;
use app::alerts::search;
use app::alerts::seen::SeenAlert;
use app::request::{Once, PageRequest};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::AlertId;
use domain::rule::Level;
use engine::alert::index::Sort;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;
use uuid::Uuid;

use super::answer::OnAlert;
use super::shapes;
use crate::browser::Typed;
use crate::elements::empty;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// So many of the customer's open alerts can be chosen from a list; others are merged by their id.
const LISTED: usize = 100;

/// What was chosen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    /// Alerts that were ticked.
    with: Vec<AlertId>,
    /// Ids that were typed, separated by blanks or commas.
    ids: String,
    /// The title of what comes of it; empty for that of the oldest.
    title: String,
}

impl Choice {
    /// The alerts besides the one whose page it is, each once.
    ///
    /// # Errors
    /// Where what was typed is no id.
    fn others(&self, own: AlertId) -> Result<Vec<AlertId>, Failure> {
        let mut others = Vec::new();
        let typed = self.ids.split([' ', ',', '\n', '\r', '\t']);
        let typed = typed.filter(|id| !id.is_empty()).map(|id| {
            Uuid::try_parse(id).map_err(|_| {
                let detail = (EN.merge.no_id)(id);
                Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
            })
        });
        for id in self.with.iter().copied().map(Ok).chain(typed) {
            let id = id?;
            if id != own && !others.contains(&id) {
                others.push(id);
            }
        }
        Ok(others)
    }

    fn is_nothing(&self) -> bool {
        self.with.is_empty() && self.ids.trim().is_empty()
    }
}

/// The alerts to choose from or, once some are chosen, what merging them will do.
pub(crate) async fn show(on: OnAlert, uri: Uri) -> Result<Response, Failure> {
    on.caller().require(Permission::MergeWrite)?;
    let choice: Choice =
        serde_html_form::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    if choice.is_nothing() {
        return Ok(choose(&on, &choice, None).await?.into_response());
    }
    match confirm(&on, &choice).await {
        Ok(page) => Ok(page.into_response()),
        Err(failure) => refused(&on, &choice, &failure).await,
    }
}

pub(crate) async fn merge(on: OnAlert, Typed(choice): Typed<Choice>) -> Result<Response, Failure> {
    match make(&on, &choice).await {
        Ok(holder) => {
            let page = on.origin.address(&format!("/alerts/{holder}"));
            Ok(Redirect::to(&format!("{page}#merged")).into_response())
        }
        Err(failure) => refused(&on, &choice, &failure).await,
    }
}

async fn make(on: &OnAlert, choice: &Choice) -> Result<AlertId, Failure> {
    let mut alerts = vec![on.alert];
    alerts.extend(choice.others(on.alert)?);
    let title = Some(choice.title.trim().to_owned());
    let asked = MergeAlerts {
        alerts,
        title: title.filter(|title| !title.is_empty()),
    };
    Ok(merge::merge(on.caller(), asked, Once::unkeyed()).await?.id)
}

/// The choice again, with what was wrong with it.
async fn refused(on: &OnAlert, choice: &Choice, failure: &Failure) -> Result<Response, Failure> {
    let page = choose(on, choice, Some(failure)).await?;
    Ok((failure.status(), page).into_response())
}

async fn choose(
    on: &OnAlert,
    choice: &Choice,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.merge;
    let caller = on.caller();
    let full = read::read(&on.app, caller, on.alert).await?;
    let (own, zone, definitions) = (&full.alert, Zone::of(caller), caller.definitions());
    let workflow = definitions.workflow();
    let open = workflow.states().iter().filter(|state| !state.closed);
    let others = match &own.dprofile_id {
        Some(customer) => {
            let filters = AlertFilters {
                team: vec![own.team.clone()],
                dprofile_id: vec![customer.clone()],
                state: open.map(|state| state.name.clone()).collect(),
                ..AlertFilters::default()
            };
            // The alert itself is one of them.
            let page = PageRequest::new(LISTED + 1, None);
            let found = search::search(&on.app, caller, &filters, Sort::default(), &page).await?;
            let mut others = found.page.items;
            others.retain(|other| other.id != on.alert);
            others
        }
        None => Vec::new(),
    };
    let content = html! {
        nav.crumbs { a href=(on.page()) { (own.content().title) } }
        h1 { (text.merge_title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        section.card {
            form.stack action=(on.origin.address(&format!("/alerts/{}/merge", on.alert))) method="get" {
                fieldset.plain {
                    legend { (text.with) }
                    @if others.is_empty() { (empty(text.no_others, text.no_others_hint)) }
                    ul.plain {
                        @for (number, other) in others.iter().enumerate() {
                            li {
                                input type="checkbox" id={ "with-" (number) } name="with" value=(other.id)
                                    checked[choice.with.contains(&other.id)];
                                " " label.beside for={ "with-" (number) } { (other.content().title) } " "
                                (shapes::level(other.severity)) " "
                                (shapes::state(&definitions, &other.state)) " "
                                span.note { (zone.time(other.created_at)) }
                                " " a.note href={ "/alerts/" (other.id) } { (text.look) }
                            }
                        }
                    }
                }
                label for="ids" { (text.ids) }
                input #ids name="ids" value=(choice.ids) aria-describedby="ids-hint";
                p.note #ids-hint { (text.ids_hint) }
                label for="title" { (text.new_title) }
                input #title name="title" maxlength="200" value=(choice.title) aria-describedby="title-hint";
                p.note #title-hint { (text.title_hint) }
                button.primary type="submit" { (text.go_on) }
            }
        }
    };
    Ok(frame::page(
        caller,
        Part::Alerts,
        text.merge_title,
        &content,
    ))
}

/// What merging the chosen alerts will do.
async fn confirm(on: &OnAlert, choice: &Choice) -> Result<Markup, Failure> {
    let text = &EN.merge;
    let caller = on.caller();
    let mut alerts = vec![read::read(&on.app, caller, on.alert).await?.alert];
    for other in choice.others(on.alert)? {
        alerts.push(read::read(&on.app, caller, other).await?.alert);
    }
    if alerts.len() < 2 {
        let detail = EN.merge.one_more;
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    alerts.sort_by_key(|alert| (alert.created_at, alert.id));
    let (holder, others) = (&alerts[0], &alerts[1..]);
    let zone = Zone::of(caller);
    let action = once(&on.origin.address(&format!("/alerts/{}/merge", on.alert)));
    let content = html! {
        nav.crumbs { a href=(on.page()) { (EN.documents.back) } }
        h1 { (text.sure) }
        section.card {
            p { (text.holds) }
            (one_alert(holder, &zone))
            p { (text.joins) }
            ul.plain { @for other in others { li { (one_alert(other, &zone)) } } }
            (what_follows(choice, holder, &alerts, &zone))
            form.row action=(action) method="post" {
                @for other in alerts.iter().filter(|alert| alert.id != on.alert) {
                    input type="hidden" name="with" value=(other.id);
                }
                input type="hidden" name="title" value=(choice.title);
                button.primary type="submit" { ((text.merge_all)(alerts.len())) }
                a href=(on.page()) { (text.cancel) }
            }
        }
    };
    Ok(frame::page(caller, Part::Alerts, text.sure, &content))
}

fn one_alert(alert: &SeenAlert, zone: &Zone) -> Markup {
    html! {
        p {
            a href={ "/alerts/" (alert.id) } { (alert.content().title) } " "
            (shapes::level(alert.severity)) " "
            span.note { (zone.time(alert.created_at)) }
        }
    }
}

/// What becomes of title, levels and due date.
fn what_follows(choice: &Choice, holder: &SeenAlert, alerts: &[SeenAlert], zone: &Zone) -> Markup {
    let text = &EN.merge;
    let highest = |level: fn(&SeenAlert) -> Level| alerts.iter().map(level).max();
    let severity = highest(|alert| alert.severity).unwrap_or(holder.severity);
    let priority = highest(|alert| alert.priority).unwrap_or(holder.priority);
    let title = match choice.title.trim() {
        "" => holder.content().title.clone(),
        title => title.to_owned(),
    };
    html! {
        dl {
            dt { (text.new_title) } dd { (title) }
            dt { (EN.queue.severity) } dd { (shapes::level(severity)) }
            dt { (EN.alert.priority) } dd { (shapes::level(priority)) }
            @if let Some(due) = alerts.iter().filter_map(|alert| alert.due_date).min() {
                dt { (EN.queue.due) } dd { (zone.time(due)) }
            }
        }
        p.note { (text.follows) }
    }
}
