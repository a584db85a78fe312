//! Starting a backtest: first its plugin, then its configuration and period.

use std::sync::Arc;

use app::App;
use app::backtest::read::BacktestName;
use app::backtest::start::{self as backtests, NewBacktest};
use app::backtest::{CompareOver, ListsMode};
use app::caller::Caller;
use app::request::Once;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Definitions, Permission, Team};

use super::address;
use crate::browser::{Named, SignedIn, Typed};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::rules::TeamPath;
use crate::rules::form::{self, Refused};
use crate::rules::new::team_of;
use crate::rules::schema;
use crate::text::EN;
use crate::when::Zone;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    /// Name and version of a plugin; empty until one is chosen.
    plugin: String,
    /// A rule of the team that is tried as it is installed, and compared with itself.
    rule: String,
}

/// A backtest to start, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedBacktest {
    plugin: String,
    config: String,
    from: String,
    to: String,
    compare_with: String,
    compare_over: String,
    lists: String,
}

pub(super) async fn show(
    SignedIn { caller, .. }: SignedIn,
    Named(TeamPath(team)): Named<TeamPath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    caller.require(Permission::RuleWrite)?;
    let team = team_of(&caller, &team)?;
    let query = uri.query().unwrap_or_default();
    let chosen: Chosen = serde_html_form::from_str(query).unwrap_or_default();
    let typed = TypedBacktest::suggested(&caller.definitions(), &team, &chosen);
    Ok(page(&caller, &team, typed.as_ref(), None))
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(TeamPath(team)): Named<TeamPath>,
    Typed(typed): Typed<TypedBacktest>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let shown = team_of(&caller, &team)?;
    match make(&app, &caller, &team, &typed).await {
        Ok(begun) => Ok(Redirect::to(&address(&begun)).into_response()),
        Err(refused) => {
            let page = page(&caller, &shown, Some(&typed), Some(&refused));
            Ok((refused.failure.status(), page).into_response())
        }
    }
}

async fn make(
    app: &Arc<App>,
    caller: &Caller,
    team: &Name,
    typed: &TypedBacktest,
) -> Result<BacktestName, Refused> {
    let new = typed.read(&Zone::of(caller))?;
    let begun = backtests::start(app, caller, team, new, Once::unkeyed()).await?;
    Ok(BacktestName {
        team: team.to_string(),
        id: begun.record.id,
    })
}

impl TypedBacktest {
    /// A backtest of the rule or the plugin that was chosen.
    fn suggested(definitions: &Definitions, team: &Team, chosen: &Chosen) -> Option<Self> {
        if let Some(rule) = definitions.newest_install(&team.name, &chosen.rule) {
            return Some(Self {
                plugin: format!("{}/{}", rule.plugin, rule.version),
                config: rule.config.pretty(),
                compare_with: rule.rule.clone(),
                ..Self::default()
            });
        }
        let plugin = form::find(definitions, &chosen.plugin)?;
        Some(Self {
            plugin: form::key(&plugin),
            config: schema::usual(&plugin).pretty(),
            ..Self::default()
        })
    }

    fn read(&self, zone: &Zone) -> Result<NewBacktest, Refused> {
        let text = &EN.backtests;
        let no_choice = Failure::no_choice;
        let plugin = self.plugin.split_once('/');
        let (plugin, version) = plugin.ok_or_else(|| no_choice(EN.rules.plugin, &self.plugin))?;
        let compare_with = match &*self.compare_with {
            "" => None,
            name => Some(Name::new(name).map_err(|_| no_choice(text.compare_with, name))?),
        };
        Ok(NewBacktest {
            plugin: plugin.to_owned(),
            version: version.to_owned(),
            config: form::read_config(&self.config)?,
            from: day(zone, &self.from)?,
            to: day(zone, &self.to)?,
            // Without a rule there is nothing over which it could be compared.
            compare_over: match (&*self.compare_over, &compare_with) {
                ("history", Some(_)) => CompareOver::History,
                ("" | "live" | "history", _) => CompareOver::Live,
                (over, _) => return Err(no_choice(text.compare_over, over).into()),
            },
            compare_with,
            lists: match &*self.lists {
                "now" => ListsMode::Now,
                "" | "then" => ListsMode::Then,
                lists => return Err(no_choice(text.lists, lists).into()),
            },
        })
    }
}

/// The beginning of a day that was typed; none if nothing was.
fn day(zone: &Zone, text: &str) -> Result<Option<Timestamp>, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    zone.day(text, 0).map(Some).map_err(|fault| {
        let detail = fault.detail(text, EN.backtests.no_day);
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })
}

fn page(
    caller: &Caller,
    team: &Team,
    typed: Option<&TypedBacktest>,
    refused: Option<&Refused>,
) -> Markup {
    let text = &EN.backtests;
    let title = (text.new_for)(&team.title);
    let to = format!("/backtests/{}/new", team.name);
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) {
            a href="/backtests" data-key="u" { (text.title) }
            @if typed.is_some() { a href=(to) { (EN.rules.other_plugin) } }
        }
        h1 { (title) }
        p.note { (text.hint) }
        @if let Some(refused) = refused { (refused.alarm()) }
        @match typed {
            None => (form::choose(&caller.definitions(), &to)),
            Some(typed) => (fields(caller, team, &to, typed)),
        }
    };
    frame::page(caller, Part::Backtests, &title, &content)
}

fn fields(caller: &Caller, team: &Team, to: &str, typed: &TypedBacktest) -> Markup {
    let text = &EN.backtests;
    let definitions = caller.definitions();
    let plugin = form::find(&definitions, &typed.plugin);
    let select = |id: &str, title: &str, chosen: &str, options: [(&str, &str); 2]| {
        html! {
            label for=(id) { (title) }
            select id=(id) name=(id) {
                @for (value, shown) in options { option value=(value) selected[value == chosen] { (shown) } }
            }
        }
    };
    let over = [("live", text.over_live), ("history", text.over_history)];
    let lists = [("then", text.lists_then), ("now", text.lists_now)];
    html! {
        section.card {
            form.stack action=(once(to)) method="post" {
                input type="hidden" name="plugin" value=(typed.plugin);
                p { (EN.rules.plugin) ": " code { (typed.plugin) } }
                (form::config_field(plugin.as_deref(), &typed.config))
                label for="from" { (text.from) }
                input #from type="date" name="from" aria-describedby="period-hint" value=(typed.from);
                label for="to" { (text.to) }
                input #to type="date" name="to" aria-describedby="period-hint" value=(typed.to);
                p.note #period-hint { (text.period_hint) }
                label for="compare_with" { (text.compare_with) }
                select #compare_with name="compare_with" {
                    option value="" { (text.nothing) }
                    @for rule in definitions.rules_of(&team.name) {
                        option value=(rule.rule) selected[rule.rule == typed.compare_with] { (rule.rule) }
                    }
                }
                (select("compare_over", text.compare_over, &typed.compare_over, over))
                (select("lists", text.lists, &typed.lists, lists))
                button.primary type="submit" { (text.start) }
            }
        }
    }
}
