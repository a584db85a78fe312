//! `/openapi.json`, made of the code's own types, and `/docs`, a page that shows it without any other server.

use aide::axum::ApiRouter;
use aide::generate::in_context;
use aide::openapi::{ApiKeyLocation, OpenApi, Operation, ReferenceOr, SecurityScheme};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use aide::swagger::Swagger;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, header};
use axum::response::Html;
use axum::routing::get;
use serde_json::Value;

use super::authorization::{API_KEY_SCHEME, BEARER_SCHEME, X_API_KEY};
use super::document;
pub use super::document::BodyExample;
use super::documented::responses;
use super::problem::ProblemKind;

/// Says that a request is the same as an earlier one.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The page carries its own script and style, and shows nothing from elsewhere.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
     img-src data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a document says beside its routes.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The name of the API.
    pub title: &'static str,
    /// Its version.
    pub version: &'static str,
    /// An introduction, in Markdown.
    pub description: &'static str,
    /// An example of every request body.
    pub examples: Vec<BodyExample>,
}

/// A router whose document is complete.
pub struct Documented<S> {
    /// All routes, and those of the document.
    pub router: Router<S>,
    /// The document.
    pub openapi: Value,
}

/// Describes all routes in one document, and adds `/openapi.json` and `/docs`.
pub fn finish<S: Clone + Send + Sync + 'static>(
    routes: ApiRouter<S>,
    about: About,
) -> Documented<S> {
    let mut openapi = OpenApi::default();
    let bearer = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: Some("A key or token, such as vvt_…".to_owned()),
        extensions: Default::default(),
    };
    let api_key = SecurityScheme::ApiKey {
        location: ApiKeyLocation::Header,
        name: X_API_KEY.to_owned(),
        description: Some("For tools that can set only this header.".to_owned()),
        extensions: Default::default(),
    };
    let router = routes.finish_api_with(&mut openapi, |api| {
        api.title(about.title)
            .version(about.version)
            .description(about.description)
            .security_scheme(BEARER_SCHEME, bearer)
            .security_scheme(API_KEY_SCHEME, api_key)
    });
    document_repeats(&mut openapi);
    // The document is made of strings, numbers and maps, which JSON can all write.
    let mut openapi = serde_json::to_value(&openapi).expect("an OpenAPI document is JSON");
    document::complete(&mut openapi, about.examples);
    let json = Bytes::from(openapi.to_string());
    let page = Swagger::new("/openapi.json").with_title(about.title);
    let page = Bytes::from(page.html());
    let router = router
        .route(
            "/openapi.json",
            get(async move || ([(header::CONTENT_TYPE, "application/json")], json)),
        )
        .route(
            "/docs",
            get(async move || ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(page))),
        );
    Documented { router, openapi }
}

/// Describes `Idempotency-Key` at every POST, where it is honoured whatever the resource.
fn document_repeats(openapi: &mut OpenApi) {
    let paths = openapi.paths.iter_mut();
    let items = paths.flat_map(|paths| paths.paths.values_mut());
    let posts = items.filter_map(|item| match item {
        ReferenceOr::Item(item) => item.post.as_mut(),
        ReferenceOr::Reference { .. } => None,
    });
    posts.for_each(document_repeat);
}

fn document_repeat(operation: &mut Operation) {
    let schema = schemars::json_schema!({
        "type": "object",
        "properties": { "Idempotency-Key": {
            "type": "string",
            "description": "The same key with the same request within a day answers what was answered first, without secrets, which are shown once, and does nothing again. With another request it is 422, and while the first is under way 409. Where a repeat does no harm in any case, as with transactions, the key is accepted and has no meaning."
        } }
    });
    in_context(|context| {
        let parameters = parameters_from_schema(context, schema, ParamLocation::Header);
        add_parameters(context, operation, parameters);
        let documented = &mut operation.responses.get_or_insert_default().responses;
        let kinds = [ProblemKind::Conflict, ProblemKind::Unprocessable];
        for (status, response) in responses(context, &kinds) {
            if let Some(status) = status {
                documented
                    .entry(status)
                    .or_insert(ReferenceOr::Item(response));
            }
        }
    });
}
