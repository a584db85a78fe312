//! Settings → Teams: the tenant's teams, what their transactions must have, and their API keys.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Edit, Once, PageRequest};
use app::teams::api_keys::{self, IssueApiKeyError, IssuedApiKey, NewApiKey, RevokeApiKeyError};
use app::teams::{self, CreateTeamError, ListTeamsError, NewTeam, ReadTeamError};
use app::users::own::{self, OwnFields};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Answer, ApiKey, Permission, Team, TeamKind, User};
use uuid::Uuid;

use crate::browser::{Named, SignedIn, Typed};
use crate::elements::copied;
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::key_table::{KeyRow, key_table};
use crate::settings::tabs;
use crate::text::EN;
use crate::when::Zone;

failures! {
    ListTeamsError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        BAD_REQUEST: ForeignCursor,
    }
    ReadTeamError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
    }
    CreateTeamError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: Invalid,
        CONFLICT: NameTaken,
        SERVICE_UNAVAILABLE: Lane,
    }
    IssueApiKeyError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        UNPROCESSABLE_ENTITY: Invalid,
        CONFLICT: Repeat,
        SERVICE_UNAVAILABLE: Lane,
    }
    RevokeApiKeyError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam NoSuchKey,
        SERVICE_UNAVAILABLE: Lane,
    }
}

/// A team to create, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedTeam {
    name: String,
    title: String,
    kind: Option<TeamKind>,
}

/// An API key to create, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedKey {
    name: String,
}

/// What the page shows besides what is there.
#[derive(Default)]
struct Beside<'b> {
    /// A key that was made just now, and its team.
    made: Option<(&'b str, &'b IssuedApiKey)>,
    /// Why a team or a key was not made.
    refused: Option<&'b Failure>,
    typed: Option<&'b TypedTeam>,
    /// The team and the name of a key that was not made.
    typed_key: Option<(&'b str, &'b str)>,
}

/// A team with its keys.
struct Listed {
    team: Arc<Team>,
    keys: Vec<Arc<ApiKey>>,
    membership: Membership,
    /// Whether the caller may make and revoke its keys.
    may_manage_keys: bool,
}

/// How somebody stands to a team. The first comes first on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Membership {
    Current,
    Member,
    None,
}

impl Listed {
    fn of(team: Arc<Team>, keys: Vec<Arc<ApiKey>>, caller: &Caller) -> Self {
        let definitions = caller.definitions();
        let user = definitions.users.get(&caller.id);
        let is_member = user.is_some_and(|user| user.teams.contains(&team.name));
        let current = user.and_then(|user| user.current_team());
        let membership = match is_member {
            true if current == Some(&team.name) => Membership::Current,
            true => Membership::Member,
            false => Membership::None,
        };
        let may_manage = |user: &Arc<User>| api_keys::may_manage(&definitions, user, &team.name);
        Self {
            may_manage_keys: user.is_some_and(may_manage),
            membership,
            team,
            keys,
        }
    }
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
) -> Result<Markup, Failure> {
    page(&app, &caller, &Beside::default())
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedTeam>,
) -> Result<Response, Failure> {
    caller.require(Permission::TeamWrite)?;
    let created = match (Name::new(typed.name.trim()), typed.kind) {
        (Ok(name), Some(kind)) => {
            let new = NewTeam {
                name,
                title: typed.title.trim().to_owned(),
                kind,
                answer: Answer::default(),
            };
            teams::create(&caller, new).await.map_err(Failure::from)
        }
        (Ok(_), None) => Err(Failure::no_choice(EN.teams.kind, "")),
        (Err(error), _) => Err(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("'{}': {error}", EN.teams.name),
        )),
    };
    let refused = match created {
        Ok(team) => {
            let to = format!("/settings/teams#team-of-{}", team.name);
            return Ok(Redirect::to(&to).into_response());
        }
        Err(refused) => refused,
    };
    let beside = Beside {
        refused: Some(&refused),
        typed: Some(&typed),
        ..Beside::default()
    };
    Ok((refused.status(), page(&app, &caller, &beside)?).into_response())
}

/// Answers the page with the key in it: it is shown this once, so nothing leads on from here.
pub(crate) async fn generate_key(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(team): Named<String>,
    Typed(typed): Typed<TypedKey>,
) -> Result<Response, Failure> {
    // Who may not see the page would never see the key.
    teams::read(&caller, &team)?;
    let name = Some(typed.name.trim().to_owned()).filter(|name| !name.is_empty());
    let new = NewApiKey {
        name,
        expires_at: None,
    };
    let made = api_keys::create(&caller, &team, new, app.config.url(), Once::unkeyed()).await;
    match made {
        Ok(made) => {
            let beside = Beside {
                made: Some((&team, &made)),
                ..Beside::default()
            };
            Ok(page(&app, &caller, &beside)?.into_response())
        }
        Err(error) => {
            let refused = Failure::from(error);
            let beside = Beside {
                refused: Some(&refused),
                typed_key: Some((&team, &typed.name)),
                ..Beside::default()
            };
            Ok((refused.status(), page(&app, &caller, &beside)?).into_response())
        }
    }
}

pub(crate) async fn revoke_key(
    SignedIn { caller, .. }: SignedIn,
    Named((team, key)): Named<(String, Uuid)>,
) -> Result<Redirect, Failure> {
    api_keys::revoke(&caller, &team, key).await?;
    Ok(Redirect::to(&format!("/settings/teams#team-of-{team}")))
}

/// Leads whoever reloads the answer to a form to the page.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/settings/teams")
}

/// Makes a team of the caller's the current one.
pub(crate) async fn choose(
    SignedIn { caller, .. }: SignedIn,
    Named(team): Named<String>,
) -> Result<Redirect, Failure> {
    let choose = Edit::new(move |own| {
        let current_team = Some(team.clone());
        Ok(OwnFields {
            current_team,
            ..own
        })
    });
    own::change(&caller, choose).await?;
    Ok(Redirect::to("/settings/teams"))
}

fn page(app: &App, caller: &Caller, beside: &Beside<'_>) -> Result<Markup, Failure> {
    let text = &EN.teams;
    let all = PageRequest::new(PageRequest::MAX_LIMIT, None);
    let mut listed = Vec::new();
    for team in teams::list(&app.cursors, caller, &all)?.items {
        let keys = api_keys::list(&app.cursors, caller, &team.name, &all)?.items;
        listed.push(Listed::of(team, keys, caller));
    }
    listed.sort_by_key(|listed| listed.membership);
    let zone = Zone::of(caller);
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(refused) = beside.refused { (frame::alarm(refused.detail())) }
        @if let Some((team, made)) = beside.made { (made_key(team, made)) }
        @if listed.is_empty() { p.empty { (text.none) } }
        @for one in &listed {
            @let typed = beside.typed_key.filter(|(team, _)| *team == one.team.name);
            (section(one, &zone, typed.map_or("", |(_, name)| name)))
        }
        (new_team(caller, beside.typed))
    };
    Ok(frame::page(caller, Part::Settings, text.title, &content))
}

/// A key that was made just now, with the command to try it.
fn made_key(team: &str, made: &IssuedApiKey) -> Markup {
    let text = &EN.teams;
    html! {
        section.made aria-labelledby="made" {
            h2 #made tabindex="-1" autofocus { (text.made) ": " (team) }
            p { (text.once) }
            @if let Some(key) = &made.key {
                (copied("made-key", text.the_key, key))
            }
            @match &made.command {
                Some(command) => {
                    label for="made-command" { (text.the_command) }
                    div.copied {
                        textarea #made-command readonly spellcheck="false" rows="5" { (command) }
                        button type="button" hidden data-copies="made-command" data-done=(EN.elements.copied) { (EN.elements.copy) }
                    }
                }
                None => p { (text.no_command) }
            }
        }
    }
}

fn section(listed: &Listed, zone: &Zone, key_name: &str) -> Markup {
    let text = &EN.teams;
    let team = &listed.team;
    let kind = match team.kind {
        TeamKind::TransactionMonitoring => text.transaction_monitoring,
        TeamKind::Aml => text.aml,
    };
    html! {
        section.card id={ "team-of-" (team.name) } aria-labelledby={ "title-of-" (team.name) } {
            header {
                h2 id={ "title-of-" (team.name) } { (team.title) }
                p.note {
                    code { (team.name) } " · " (kind)
                    @match listed.membership {
                        Membership::Current => { " · " strong { (text.current) } }
                        Membership::Member => { " · " (text.member) }
                        Membership::None => {}
                    }
                }
                @if listed.membership == Membership::Member {
                    form action=(once(&format!("/settings/teams/{}/current", team.name))) method="post" {
                        button type="submit" { (text.make_current) }
                    }
                }
            }
            (schema(team))
            h3 { (text.keys) }
            @if listed.keys.is_empty() { p.empty { (text.no_keys) } } @else { (keys(listed, zone)) }
            (generate(listed, key_name))
        }
    }
}

fn schema(team: &Team) -> Markup {
    let text = &EN.teams;
    let to = format!("/settings/teams/{}/schema", team.name);
    let Some(record) = team.schemas.last() else {
        return html! {
            p.empty { (text.no_schema) }
            p { a href=(to) { (text.set_schema) } }
        };
    };
    let schema = record.compiled();
    html! {
        details {
            summary { (text.schema) ", " ((text.schema_version)(record.version)) }
            table {
                thead { tr { th scope="col" { (text.field) } th scope="col" { (text.kind) } } }
                tbody {
                    @for field in schema.fields() {
                        tr {
                            th scope="row" { code { (field.name) } }
                            td { (field.field_type) }
                        }
                    }
                }
            }
            p { a href=(to) { (text.change_schema) } }
        }
    }
}

fn keys(listed: &Listed, zone: &Zone) -> Markup {
    let team = &listed.team.name;
    let rows = listed.keys.iter().map(|key| KeyRow {
        prefix: &key.prefix,
        name: key.name.as_deref().unwrap_or_default(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoke: listed
            .may_manage_keys
            .then(|| format!("/settings/teams/{team}/keys/{}/revoke", key.id)),
    });
    key_table(&rows.collect::<Vec<_>>(), zone)
}

fn generate(listed: &Listed, name: &str) -> Markup {
    let (text, team) = (&EN.teams, &listed.team);
    if !listed.may_manage_keys {
        return html! {
            button type="button" disabled { (text.generate) }
            p.note { (text.needs_membership) }
        };
    }
    let field = format!("key-of-{}", team.name);
    html! {
        form.row action=(once(&format!("/settings/teams/{}/keys", team.name))) method="post" {
            label for=(field) { (text.key_name) }
            input id=(field) name="name" maxlength="200" value=(name);
            button.primary type="submit" { (text.generate) }
        }
    }
}

fn new_team(caller: &Caller, typed: Option<&TypedTeam>) -> Markup {
    let text = &EN.teams;
    if !caller.may(Permission::TeamWrite) {
        return html! {};
    }
    let kinds = [
        (
            "transaction_monitoring",
            TeamKind::TransactionMonitoring,
            text.transaction_monitoring,
        ),
        ("aml", TeamKind::Aml, text.aml),
    ];
    html! {
        section.card aria-labelledby="new-team" {
            h2 #new-team { (text.new_team) }
            form.stack action=(once("/settings/teams")) method="post" {
                label for="team-title" { (text.team_title) }
                input #team-title name="title" required maxlength="200" value=[typed.map(|typed| &typed.title)];
                label for="team-name" { (text.name) }
                input #team-name name="name" required maxlength="64" pattern="[a-z0-9][a-z0-9_\\-]*"
                    aria-describedby="team-name-hint" value=[typed.map(|typed| &typed.name)];
                p.note #team-name-hint { (text.name_hint) }
                label for="team-kind" { (text.kind) }
                select #team-kind name="kind" {
                    @for (value, kind, shown) in kinds {
                        option value=(value) selected[typed.is_some_and(|typed| typed.kind == Some(kind))] { (shown) }
                    }
                }
                button.primary type="submit" { (text.create) }
            }
        }
    }
}
