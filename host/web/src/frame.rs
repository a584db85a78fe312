//! What all pages share: the head, the header, the side bar.

use std::sync::LazyLock;

use app::caller::Caller;
use app::users::sign_in;
use axum::response::Redirect;
use maud::{DOCTYPE, Markup, html};
use tenant::{Permission, Preferences, Theme};

use crate::assets::{self, Served};
use crate::browser::SignedIn;
use crate::text::EN;

/// Going back loads a page anew, and htmx adds no styles of its own, which the content security policy would refuse.
const HTMX_CONFIG: &str = r#"{"history": "reload", "includeIndicatorCSS": false}"#;

/// Each is a small help; without them pages work, too.
const SCRIPTS: [&LazyLock<Served>; 7] = [
    &assets::COPY,
    &assets::ONCE,
    &assets::CHOOSE,
    &assets::KEYS,
    &assets::DRAFTS,
    &assets::TOOLBAR,
    &assets::SESSION,
];

/// Which part of the back office a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Dashboard,
    Alerts,
    Transactions,
    Exports,
    Sessions,
    Audit,
    Rules,
    Backtests,
    Plugins,
    Watchlists,
    Settings,
}

impl Part {
    /// All, as the side bar lists them.
    const ALL: [Self; 11] = [
        Self::Dashboard,
        Self::Alerts,
        Self::Transactions,
        Self::Rules,
        Self::Backtests,
        Self::Plugins,
        Self::Watchlists,
        Self::Exports,
        Self::Sessions,
        Self::Audit,
        Self::Settings,
    ];

    /// Its first page.
    fn address(self) -> &'static str {
        match self {
            Self::Dashboard => "/dashboard",
            Self::Alerts => "/alerts",
            Self::Transactions => "/transactions",
            Self::Exports => "/exports",
            Self::Sessions => "/sessions",
            Self::Audit => "/audit",
            Self::Rules => "/rules",
            Self::Backtests => "/backtests",
            Self::Plugins => "/plugins",
            Self::Watchlists => "/watchlists",
            Self::Settings => "/settings",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Dashboard => EN.dashboard.title,
            Self::Alerts => EN.frame.alerts,
            Self::Transactions => EN.transactions.title,
            Self::Exports => EN.exports.title,
            Self::Sessions => EN.sessions.title,
            Self::Audit => EN.audit.title,
            Self::Rules => EN.rules.title,
            Self::Backtests => EN.backtests.title,
            Self::Plugins => EN.plugins.title,
            Self::Watchlists => EN.watchlists.title,
            Self::Settings => EN.frame.settings,
        }
    }

    /// What the caller must be permitted to open it; nothing where everybody may.
    fn needs(self) -> Option<Permission> {
        match self {
            Self::Dashboard => Some(Permission::SummaryRead),
            Self::Alerts => Some(Permission::AlertRead),
            Self::Transactions => Some(Permission::TransactionRead),
            Self::Exports => Some(Permission::ExportRead),
            Self::Sessions => Some(Permission::SessionRead),
            Self::Audit => Some(Permission::AuditRead),
            Self::Rules | Self::Backtests => Some(Permission::RuleRead),
            Self::Plugins => Some(Permission::PluginRead),
            Self::Watchlists => Some(Permission::ListRead),
            Self::Settings => None,
        }
    }

    /// Those that a caller may open.
    fn open_to(caller: &Caller) -> impl Iterator<Item = Self> {
        let is_open = |part: &Self| part.needs().is_none_or(|needs| caller.may(needs));
        Self::ALL.into_iter().filter(is_open)
    }
}

/// A page of somebody who is signed in.
pub(crate) fn page(caller: &Caller, part: Part, title: &str, content: &Markup) -> Markup {
    let definitions = caller.definitions();
    let tenant = definitions.tenant().map(|tenant| tenant.title.clone());
    let user = definitions.users.get(&caller.id);
    let team = user.and_then(|user| user.current_team());
    let team = team.and_then(|team| definitions.teams.get(team));
    document(
        title,
        &caller.preferences(),
        &html! {
            a.skip href="#content" { (EN.frame.skip) }
            header.top {
                a.brand href="/" { "Vervet" }
                details.menu {
                    summary { (EN.frame.menu) span.hidden { " " (part.title()) } }
                    (parts(caller, part))
                }
                @if let Some(tenant) = tenant { span.tenant { (tenant) } }
                @if let Some(team) = team {
                    a.tenant href="/settings/teams" title=(EN.frame.current_team) { (team.title) }
                }
                form.search action="/find" method="get" role="search" {
                    label.hidden for="find" { (EN.frame.search) }
                    input #find type="search" name="q" placeholder=(EN.frame.search) data-key="/";
                }
                form.user action="/sign-out" method="post" {
                    a href="/settings/preferences" { (caller.login) }
                    button.quiet type="submit" { (EN.frame.sign_out) }
                }
            }
            div.side { (parts(caller, part)) }
            main #content tabindex="-1" data-user=(caller.id) { (content) }
            (keys())
            (ending(caller))
        },
    )
}

/// Links to the parts. They stand in a side bar, or, where the window is narrow, in a menu that is closed at first: styles show
/// one of the two.
fn parts(caller: &Caller, part: Part) -> Markup {
    html! {
        nav aria-label=(EN.frame.parts) {
            ul {
                @for one in Part::open_to(caller) {
                    li {
                        a href=(one.address()) aria-current=[(one == part).then_some("page")] { (one.title()) }
                    }
                }
            }
        }
    }
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

/// The question whether to stay signed in; a script opens it in time.
fn ending(caller: &Caller) -> Markup {
    let text = &EN.frame;
    let Some(limits) = sign_in::limits(caller) else {
        return html! {};
    };
    let expires = limits.expires_at.as_micros() / 1_000_000;
    html! {
        dialog #ending aria-labelledby="ending-title" data-idle=(limits.idle_seconds) data-expires=(expires) {
            h2 #ending-title { (text.ending) }
            p { (text.ending_hint) }
            p.late role="status" data-ended hidden { (text.ended) " " a href="/sign-in" { (EN.sign_in.title) } }
            form.row method="dialog" {
                button.primary type="button" data-stay { (text.stay) }
                button type="submit" { (text.close) }
            }
        }
    }
}

/// What the question is answered with: the host has heard of the user again.
pub(crate) async fn stay(_: SignedIn) -> Markup {
    html! { p { (EN.frame.stayed) } }
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
                meta name="htmx-config" content=(HTMX_CONFIG);
                script defer src=(assets::HTMX.address()) {}
                @for script in SCRIPTS { script type="module" src=(script.address()) {} }
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

/// Leads those who may work alerts to the queue, and others to the first part that they may open.
pub(crate) async fn start(SignedIn { caller, .. }: SignedIn) -> Redirect {
    let first = match caller.may(Permission::AlertRead) {
        true => Some(Part::Alerts),
        false => Part::open_to(&caller).next(),
    };
    Redirect::to(first.unwrap_or(Part::Settings).address())
}
