//! A resource in full: its wire types, its handlers, its routes.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::docs::{About, Documented, finish};
use crate::http::*;
use app::request::cursors::Cursors;

/// A note.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
struct Note {
    /// Its name.
    name: WireName,
    /// What it says.
    text: String,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<WireTime>,
    #[serde(default)]
    stars: u8,
}

#[derive(Deserialize, JsonSchema)]
struct NotePath {
    /// The note's name.
    note: WireName,
}

#[derive(Deserialize, JsonSchema)]
struct NoteFilters {
    /// Notes due from this time on.
    from: Option<WireTime>,
    /// Notes with so many stars.
    stars: Option<u8>,
}

fn note(name: &str) -> Note {
    let name = WireName(domain::name::Name::new(name).expect("a name"));
    Note {
        name,
        text: "text".to_owned(),
        due: None,
        stars: 1,
    }
}

async fn post_note(
    Presented(_): Presented,
    JsonBody(note): JsonBody<Note>,
) -> Result<Created<Note>, Problem> {
    if note.name.0.as_str() == "taken" {
        return Err(Problem::conflict(
            "the note \"taken\" is there already; choose another name",
        ));
    }
    Ok(Created(note))
}

async fn list_notes(
    List { filters, page }: List<NoteFilters>,
) -> Result<Json<Page<Note>>, Problem> {
    let cursors = Cursors::new(&[3; 32]);
    let behind = page.position(&cursors, &["notes"])?;
    let all = ["a", "b", "c"].into_iter().filter(|name| {
        behind
            .as_ref()
            .is_none_or(|behind| name.as_bytes() > behind.as_slice())
    });
    let wanted = all.map(note).filter(|note| {
        filters.stars.is_none_or(|stars| note.stars == stars) && filters.from.is_none()
    });
    let items = wanted.take(page.limit() + 1).collect();
    Ok(Json(Page::of(items, &page, &cursors, &["notes"], |note| {
        note.name.0.as_str().into()
    })))
}

async fn get_note(
    Params(NotePath { note: name }): Params<NotePath>,
    preconditions: Preconditions,
) -> Result<Tagged<Note>, Problem> {
    if name.0.as_str() == "panic" {
        panic!("a secret");
    }
    Ok(Tagged::get(
        ETag::of_version(7),
        note(name.0.as_str()),
        &preconditions,
    ))
}

async fn put_note(
    Params(_): Params<NotePath>,
    preconditions: Preconditions,
    JsonBody(note): JsonBody<Note>,
) -> Result<Tagged<Note>, Problem> {
    preconditions.check(Some(&ETag::of_version(7)))?;
    Ok(Tagged::changed(ETag::of_version(8), note))
}

async fn patch_note(
    Params(path): Params<NotePath>,
    patch: MergePatch,
) -> Result<Json<Note>, Problem> {
    Ok(Json(patch.apply(&note(path.note.0.as_str()))?))
}

async fn post_payload(accept: Accept) -> axum::response::Response {
    let fault = domain::payload::Fault {
        field: "amount".to_owned(),
        reason: domain::payload::Reason::Missing,
        detail: "must be sent".to_owned(),
    };
    Problem::failed_to_register(vec![fault]).into_response_as(&accept)
}

/// The routes of the example, and its document.
pub(super) fn documented() -> Documented<()> {
    let routes = ApiRouter::new()
        .api_route(
            "/notes",
            get_with(list_notes, |operation| operation.summary("List notes")).post_with(
                post_note,
                |operation| {
                    operation
                        .summary("Make a note")
                        .with(problems(&[ProblemKind::Conflict]))
                },
            ),
        )
        .api_route(
            "/notes/{note}",
            put_with(put_note, |operation| {
                operation.summary("Create or replace a note")
            })
            .get_with(get_note, |operation| operation.summary("Read a note"))
            .patch_with(patch_note, |operation| operation.summary("Change a note")),
        )
        .api_route(
            "/payloads",
            post_with(post_payload, |operation| {
                operation.with(problems(&[ProblemKind::FailedToRegister]))
            }),
        );
    let about = About {
        title: "Notes",
        version: "1",
        ..About::default()
    };
    finish(routes, about)
}

#[test]
fn the_document_has_every_answer() {
    insta::assert_json_snapshot!(documented().openapi);
}
