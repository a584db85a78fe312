//! What all pages share: the head, the header, the side bar.

use app::caller::Caller;
use axum::http::StatusCode;
use axum::response::Redirect;
use maud::{DOCTYPE, Markup, html};
use tenant::{Permission, Preferences, Theme};

use crate::assets;
use crate::browser::SignedIn;
use crate::failure::Failure;
use crate::text::EN;

/// Which part of the back office a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Alerts,
    Settings,
}

/// A page of somebody who is signed in.
pub(crate) fn page(caller: &Caller, part: Part, title: &str, content: &Markup) -> Markup {
    let definitions = caller.definitions();
    let tenant = definitions.tenant().map(|tenant| tenant.title.clone());
    let user = definitions.users.get(&caller.id);
    let team = user.and_then(|user| user.current_team());
    let team = team.and_then(|team| definitions.teams.get(team));
    let link = |to: &str, is: Part, text: &str| {
        html! {
            li {
                a href=(to) aria-current=[(is == part).then_some("page")] { (text) }
            }
        }
    };
    document(
        title,
        &caller.preferences(),
        &html! {
            a.skip href="#content" { (EN.frame.skip) }
            header.top {
                a.brand href="/" { "Vervet" }
                @if let Some(tenant) = tenant { span.tenant { (tenant) } }
                @if let Some(team) = team {
                    a.tenant href="/settings/teams" title=(EN.frame.current_team) { (team.title) }
                }
                form.search action="/alerts" method="get" role="search" {
                    input type="hidden" name="view" value="all";
                    label.hidden for="find" { (EN.frame.search) }
                    input #find type="search" name="q" placeholder=(EN.frame.search) data-key="/";
                }
                form.user action="/sign-out" method="post" {
                    a href="/settings/preferences" { (caller.login) }
                    button.quiet type="submit" { (EN.frame.sign_out) }
                }
            }
            nav.side aria-label=(EN.frame.parts) {
                ul {
                    @if caller.may(Permission::AlertRead) {
                        (link("/alerts", Part::Alerts, EN.frame.alerts))
                    }
                    @if caller.may(Permission::TeamRead) {
                        (link("/settings/teams", Part::Settings, EN.frame.settings))
                    }
                }
            }
            main #content tabindex="-1" { (content) }
            (keys())
        },
    )
}

/// What single keys do; a script opens it.
fn keys() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { (EN.frame.keys) }
            dl {
                @for (key, what) in EN.frame.each_key { dt { kbd { (key) } } dd { (what) } }
            }
            form method="dialog" { button type="submit" { (EN.frame.close) } }
        }
    }
}

/// A page of nobody in particular.
pub(crate) fn bare(title: &str, content: &Markup) -> Markup {
    let content = html! { main.bare #content { (content) } };
    document(title, &Preferences::default(), &content)
}

fn document(title: &str, preferences: &Preferences, body: &Markup) -> Markup {
    let theme = match preferences.theme {
        Theme::System => None,
        Theme::Light | Theme::Dark => Some(preferences.theme.as_str()),
    };
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[theme] data-shortcuts[preferences.shortcuts] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content=(theme.unwrap_or("light dark"));
                title { (title) " · Vervet" }
                link rel="icon" type="image/svg+xml" href=(assets::ICON.address());
                link rel="stylesheet" href=(assets::STYLES.address());
                @for script in [&assets::COPY, &assets::ONCE, &assets::KEYS] { script type="module" src=(script.address()) {} }
            }
            body { (body) }
        }
    }
}

/// A message about what was asked for and not done. It takes the focus.
pub(crate) fn alarm(detail: &str) -> Markup {
    html! {
        div.alarm role="alert" tabindex="-1" autofocus { (detail) }
    }
}

/// Leads to the first part that the caller may open.
pub(crate) async fn start(SignedIn { caller, .. }: SignedIn) -> Result<Redirect, Failure> {
    let parts = [
        (Permission::AlertRead, "/alerts"),
        (Permission::TeamRead, "/settings/teams"),
    ];
    let mut open = parts.iter().filter(|(needs, _)| caller.may(*needs));
    match open.next() {
        Some((_, to)) => Ok(Redirect::to(to)),
        None => Err(Failure::new(StatusCode::FORBIDDEN, EN.failure.nothing)),
    }
}
