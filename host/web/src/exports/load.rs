//! How the files of an export are loaded elsewhere: scripts to copy and to download.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::exports::{load, read};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use crate::browser::{Named, SignedIn};
use crate::download::answer;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;

/// What loads the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Loader {
    Redshift,
    PowerBi,
}

impl Loader {
    const ALL: [Self; 2] = [Self::Redshift, Self::PowerBi];

    fn title(self) -> &'static str {
        match self {
            Self::Redshift => EN.exports.redshift,
            Self::PowerBi => EN.exports.power_bi,
        }
    }

    /// As addresses and ids name it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Redshift => "redshift",
            Self::PowerBi => "power-bi",
        }
    }

    fn file_name(self, export: &str) -> String {
        match self {
            Self::Redshift => format!("{export}.sql"),
            Self::PowerBi => format!("{export}.pq"),
        }
    }

    async fn script(
        self,
        app: &Arc<App>,
        caller: &Caller,
        export: &str,
    ) -> Result<String, Failure> {
        Ok(match self {
            Self::Redshift => load::redshift(app, caller, export).await?,
            Self::PowerBi => load::power_bi(app, caller, export).await?,
        })
    }
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
) -> Result<Markup, Failure> {
    let text = &EN.exports;
    read::read(&app, &caller, &name).await?;
    let mut scripts = Vec::new();
    for loader in Loader::ALL {
        scripts.push((loader, loader.script(&app, &caller, &name).await));
    }
    let content = html! {
        p.crumbs { a href={ "/exports/" (name) } { (EN.export_form.back) } }
        h1 { (text.load) ": " (name) }
        p.note { (text.load_hint) }
        @for (loader, script) in &scripts { (section(*loader, script, &name)) }
    };
    Ok(frame::page(&caller, Part::Exports, text.load, &content))
}

fn section(loader: Loader, script: &Result<String, Failure>, export: &str) -> Markup {
    let id = loader.as_str();
    html! {
        section.card aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (loader.title()) }
            @match script {
                Err(failure) => p.note { (failure.detail()) },
                Ok(script) => {
                    div.copied {
                        textarea.code id=(id) readonly spellcheck="false" rows=(script.lines().count().clamp(4, 18))
                            aria-labelledby={ (id) "-title" } { (script) }
                        div.buttons {
                            button type="button" hidden data-copies=(id) data-done=(EN.elements.copied) { (EN.elements.copy) }
                            a.button href={ "/exports/" (export) "/load/" (id) } { (EN.exports.download) }
                        }
                    }
                }
            }
        }
    }
}

pub(crate) async fn download(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named((export, loader)): Named<(String, Loader)>,
) -> Result<Response, Failure> {
    let script = loader.script(&app, &caller, &export).await?;
    let bytes = script.len() as u64;
    let name = loader.file_name(&export);
    answer(
        &name,
        "text/plain; charset=utf-8",
        bytes,
        Body::from(script),
    )
}
